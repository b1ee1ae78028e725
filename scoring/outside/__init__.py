"""Raters that are no rules: an embedding model, a language model. Asked once; what they said is stored beside the
evidence and read back by the fold, so that the same evidence still gives the same bytes."""
