"""What lies where on the bus. Servers and workers of one wire version meet under these names; others never do.

    viva:<version>:speech:final  …:speech:partial  …:face    requests, read by one consumer group of workers
    viva:content:<request>                                   the sound or picture of one; it expires
    viva:reply:<process>                                     answers, read by the process that asked
    viva:worker:<name>                                       a worker's card; it expires when the worker dies
    viva:poison                                              what no worker could digest, by name and size
    viva:poison:<entry>                                      its content, for an hour, to be tried again

A request is deleted with its content once it is answered, so the length of a stream is its backlog. What a request
weighs lies beside the stream, so that reading, claiming and looking at streams stays cheap, and content that nobody
will read any more goes by itself. Delivery is at least once: a worker answers before it acknowledges, and the first
answer counts.
"""

WIRE_VERSION = 2
"""Raised whenever a header or an answer can no longer be read by what is deployed."""

FINALS = f"viva:{WIRE_VERSION}:speech:final"
PARTIALS = f"viva:{WIRE_VERSION}:speech:partial"
FACES = f"viva:{WIRE_VERSION}:face"
"""In the order in which a worker reads them."""
GROUP = "workers"
CONTENT = "viva:content:"
POISON = "viva:poison"
WORKERS = "viva:worker:"
HEADER = b"h"

REPLIES_KEPT = 4096
REPLY_TTL_S = 120
POISON_KEPT = 1000
POISON_CONTENT_S = 3600
"""What is set aside is somebody's voice: long enough to try it again with a mended worker, and no longer."""


def poison_content(entry: str) -> str:
    return f"{POISON}:{entry}"
