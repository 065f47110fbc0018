"""What says of a picture how it was made: an invisible mark, and the recipe in a file."""
