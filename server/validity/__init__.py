"""``viva validity``: files and the store on one side, ``scoring.validity`` on the other."""
