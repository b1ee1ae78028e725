"""The doors, one file a kind of visitor. A door reads, checks, calls a room and answers; it decides nothing."""
