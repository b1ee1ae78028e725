"""Records of an old system brought over: tried first, applied, undone if need be, verified at least three times.

``csv_rows`` reads what came, ``planning`` maps it (pure), ``running`` tries, applies and undoes, ``verifying`` compares
what is stored with the file again. Order: persons first, then what is about them; a row about somebody nobody knows is
refused and says so.
"""
