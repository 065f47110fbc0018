"""Jobs under way: what each is for, and how it goes from the wish to the layer."""
