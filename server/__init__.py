"""The doors: HTTP and WebSocket endpoints, sign-in, settings, the composition root."""

import os

# Before numpy is imported anywhere: OpenBLAS' idle threads spin, and our matrices are too small to share out. Measured
# on the speech path: 23 ms of CPU for a second of audio with one thread, 44 ms with the default.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
