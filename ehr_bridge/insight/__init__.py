"""Decision support over the employee record: every figure with its uncertainty, every suggestion with its inputs.

``lives`` reads, the other modules are pure. Nothing here decides: a suggestion names what it rests on, and a person
does or does not follow it. Nobody is ranked by a guess about their future; ``retention`` and ``leaving`` are for HR
alone, where the jurisdiction profile allows them at all.
"""
