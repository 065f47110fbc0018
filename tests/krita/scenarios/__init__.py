"""Edits in the real Krita, after a real install.py, with the model that ships."""
