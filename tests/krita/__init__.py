"""The real Krita on a virtual screen, driven as a person drives it."""
