"""One module per system that takes results: each implements ``destination.Destination`` and nothing more."""
