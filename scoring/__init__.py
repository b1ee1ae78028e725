"""From what was said to a report that a human can check."""
