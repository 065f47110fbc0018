"""What the panel offers beyond making one layer; each is a `core.Feature`."""
