"""Mapping and cleansing as data: between what one system calls things and what another does.

A mapping is a YAML file (``files``): code tables, id formats, and for each kind of record its fields with the rules
that every value goes through. ``apply`` is pure and says of every value what it was, what it became and by which rule,
so that the same code maps, shows a dry run, and lets a later pass verify what was stored.
"""
