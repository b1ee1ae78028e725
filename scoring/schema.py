"""Print the JSON Schema of the report, or write it: ``python -m scoring.schema [FILE]``."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from scoring.report import REPORT_VERSION, Report

DEFAULT = Path(__file__).parent.parent / "docs" / "reference" / "report.schema.json"


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a report."""
    (root,), definitions = msgspec.json.schema_components([Report], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Viva interview report {REPORT_VERSION}",
        **root,
        "$defs": definitions,
    }


def schema_json() -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema(), order="deterministic"), indent=2) + b"\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    target.write_bytes(schema_json())
    print(f"wrote {target}")
