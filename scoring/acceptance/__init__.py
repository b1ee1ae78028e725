"""A trial before the roll-out: who rates whom, what is asked of people, what was checked, and how long it was up."""
