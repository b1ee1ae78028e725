"""Print the JSON Schemas of the canonical model, or write them: ``python -m ehr_bridge.canonical.schemas [FILE]``.

Every property says its class of data under ``x-data-class``.
"""

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from ehr_bridge.canonical.persons import SCHEMA_VERSION, Application, Person, PersonFacts
from ehr_bridge.canonical.records import KINDS
from ehr_bridge.canonical.results import InterviewResult

DEFAULT = Path(__file__).parent.parent.parent / "docs" / "reference" / "canonical.schema.json"
STRUCTS: tuple[type[msgspec.Struct], ...] = (Person, PersonFacts, Application, InterviewResult, *KINDS.values())


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """JSON Schema 2020-12; each struct of the model is one of ``$defs``."""
    references, definitions = msgspec.json.schema_components(STRUCTS, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Viva canonical model {SCHEMA_VERSION}",
        "anyOf": list(references),
        "$defs": definitions,
    }


def schema_json() -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema(), order="deterministic"), indent=2) + b"\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    target.write_bytes(schema_json())
    print(f"wrote {target}")
