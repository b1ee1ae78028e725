"""What the scheduler alone does for a thousand interviews: real scheduler, ladder and features, an engine of stated
step times, virtual time.

    python -m bench.scheduler [--quick] [--json FILE]
"""
