"""From the checkpoints people have to models of this program: `importing.import_model`."""
