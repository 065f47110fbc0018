"""The only package that imports krita. All else sees `studio.Studio` and plain values."""
