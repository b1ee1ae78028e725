"""What was said, made checkable: clauses, whose act it was, results, indicators. Pure and deterministic."""
