"""install.py: what it finds, edits, says when it cannot go on, and takes back."""
