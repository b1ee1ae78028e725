"""The JSON Schema of everything on the wire: ``python -m realtime.protocol.schema`` prints it.

One document, one definition per struct and enum, and a name for each union a page deals with. The web
client's types are generated from it (``web_client/dev/generate_types.py``), so a changed message that the page
does not know fails the TypeScript build instead of an interview.
"""

import json
from typing import Any

import msgspec

from realtime.protocol.media_messages import MediaSaid, MediaTold
from realtime.protocol.messages import CandidateMessage, Envelope, HrMessage, ServerMessage

UNIONS = {
    "CandidateMessage": CandidateMessage,
    "HrMessage": HrMessage,
    "ServerMessage": ServerMessage,
    "MediaSaid": MediaSaid,
    "MediaTold": MediaTold,
}


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12. ``$defs`` holds every struct, every enum and the unions by name."""
    roots, components = msgspec.json.schema_components([*UNIONS.values(), Envelope], ref_template="#/$defs/{name}")
    unions = dict(zip(UNIONS, roots, strict=False))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Viva wire protocol",
        "$defs": {**components, **unions},
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
