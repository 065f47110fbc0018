"""What an edit costs, in time and in memory: what `sdedit bench` measures."""
