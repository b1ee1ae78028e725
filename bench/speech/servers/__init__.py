"""How each server is started. Those that come with one run their own; a library gets the smallest there can be."""
