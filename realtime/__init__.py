"""Everything that happens while the candidate is speaking."""
