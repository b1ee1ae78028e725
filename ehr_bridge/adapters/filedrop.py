"""A folder of CSV files, for systems that read nothing else: local, or mounted over SFTP, NFS or SMB by the operator.

    viva-00000042-<key>.csv   a result, what people decided, what a panel gave; whole or not there (synced, renamed)
    viva-00000042.claim       the number is taken, by whoever could make this file first
    viva-00000042-<key>.seq   by whom: "claimed", then "written"; stays when the reader has moved the file
    viva-00000042-<key>.ack   the reader's, if it wants to: OK, or ERROR and a reason

A claim is made before the file, exclusively, so two processes never share a number, and a process that dies later
finds its own again. (One that dies between the two claims leaves a hole: the claim without a .seq shows it.) The file
of a number always has the same name, so a reader that gets it twice can tell. The last line counts the lines, so that
half a copy is seen.
"""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Literal

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record
from ehr_bridge.adapters.conversation import Conversation, ListFiles, ReadFile, WriteFile
from ehr_bridge.adapters.destination import Acknowledgement, ReadBack, RetryableFailure
from ehr_bridge.canonical import RESULT_KIND, ApplicantFacts, Label
from ehr_bridge.canonical.payloads import RECORD_KINDS, RecordPayload, read_record
from ehr_bridge.canonical.records import Decision, PanelResult
from ehr_bridge.merging import normal_phone

CODECS = {"utf-8-bom": "utf-8-sig", "gb18030": "gb18030"}
COLUMNS = (
    "line", "sequence", "message", "written_at", "external_id", "name", "email", "phone", "application_id",
    "position_id", "position", "interview_id", "status", "completed_at", "group", "key", "label", "value", "maximum",
    "report_sha256",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
CLAIMED, WRITTEN = b"claimed\n", b"written\n"
TRIES = 20
_SEQ = re.compile(r"viva-(\d{8})-([0-9a-f]{24})\.seq")
_TAKEN = re.compile(r"viva-(\d{8})(?:-[0-9a-f]{24}\.seq|\.claim)")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``encoding``: with a byte order mark, which spreadsheets need, or GB18030 (GB 18030-2022), which old Chinese
    systems read. ``language`` of labels."""

    folder: str
    encoding: Literal["utf-8-bom", "gb18030"] = "utf-8-bom"
    language: Literal["zh", "en"] = "zh"


class FileDrop:
    paces: dict[str, float] = {}  # noqa: RUF012

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        folder, names = self._settings.folder, (yield ListFiles(self._settings.folder))
        stem = _claimed(names, record.key)
        if stem is not None:
            state = yield ReadFile(folder, f"{stem}.seq")
            if state == WRITTEN:
                return Acknowledgement(stem, record.now_ms, duplicate=True)
        else:
            stem = yield from self._claim(names, record.key)
        sequence = int(stem.split("-")[1])
        yield WriteFile(folder, f"{stem}.csv", self._content(record, sequence))
        yield WriteFile(folder, f"{stem}.seq", WRITTEN)
        return Acknowledgement(stem, record.now_ms, duplicate=False)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        """Handed over, and not refused: a reader need not answer, but what it refuses it does not have."""
        folder, names = self._settings.folder, (yield ListFiles(self._settings.folder))
        stem = _claimed(names, record.key)
        if stem is None or (yield ReadFile(folder, f"{stem}.seq")) != WRITTEN:
            return None
        said = (yield ReadFile(folder, f"{stem}.ack")) or b"OK"
        accepted = said.strip().upper().startswith(b"OK")
        return ReadBack(stem, 0, "", record.now_ms) if accepted else None

    def check(self, now_ms: int) -> Conversation[str]:
        names = yield ListFiles(self._settings.folder)
        yield WriteFile(self._settings.folder, "viva-check.txt", b"Viva can write here.\r\n")
        waiting = sum(name.startswith("viva-") and name.endswith(".csv") for name in names)
        answered = sum(name.endswith(".ack") for name in names)
        return f"the folder can be read and written; {waiting} files wait, {answered} acknowledgements"

    def _claim(self, names: list[str], key: str) -> Conversation[str]:
        """The next free number. Somebody else may take it at the same moment: then the one after it."""
        taken = [int(found[1]) for name in names if (found := _TAKEN.fullmatch(name))]
        first = max(taken, default=0) + 1
        for number in range(first, first + TRIES):
            # The number alone is what must be free: two keys never make the same file name.
            free = yield WriteFile(self._settings.folder, f"viva-{number:08d}.claim", CLAIMED, new=True)
            if free:
                stem = f"viva-{number:08d}-{key.removeprefix('viva-')}"
                yield WriteFile(self._settings.folder, f"{stem}.seq", CLAIMED)
                return stem
        raise RetryableFailure("drop_numbers_contended", f"{TRIES} numbers were taken at the same time")

    def _content(self, record: Record, sequence: int) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
        writer.writeheader()
        lines = _lines(record, sequence, self._settings.language)
        for line in lines:
            writer.writerow({name: guarded(value) for name, value in line.items()})
        writer.writerow({"line": "end", "sequence": str(sequence), "value": str(len(lines))})
        return text.getvalue().encode(CODECS[self._settings.encoding])


def guarded(cell: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection). Line breaks
    become spaces: many a reader of old splits at them without looking at quotes."""
    cell = " ".join(cell.splitlines()) if "\n" in cell or "\r" in cell else cell
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _claimed(names: list[str], key: str) -> str | None:
    for name in names:
        found = _SEQ.fullmatch(name)
        if found and found[2] == key.removeprefix("viva-"):
            return name.removesuffix(".seq")
    return None


def _lines(record: Record, sequence: int, language: Literal["zh", "en"]) -> list[dict[str, str]]:
    """One line for the whole and one for each part, each complete by itself."""
    if isinstance(record.content, RecordPayload):
        common = _common(record, record.content.applicant, sequence, language)
        own = _own_lines(record, language)
    else:
        common = _common(record, record.payload.applicant, sequence, language)
        own = _result_lines(record, language)
    return [common | line for line in own]


def _common(record: Record, facts: ApplicantFacts, sequence: int, language: Literal["zh", "en"]) -> dict[str, str]:
    return {
        "sequence": str(sequence),
        "message": record.message.id,
        "written_at": datetime.fromtimestamp(record.now_ms / 1000, UTC).isoformat(timespec="seconds"),
        "external_id": facts.external_id,
        "name": facts.name,
        "email": facts.email,
        "phone": normal_phone(facts.phone),
        "application_id": facts.application_id,
        "position_id": facts.position_id,
        "position": _label(facts.position, language),
        "interview_id": record.message.subject,
    }


def _result_lines(record: Record, language: Literal["zh", "en"]) -> list[dict[str, str]]:
    result = record.payload.result
    every = {
        "status": result.status,
        "completed_at": result.completed_at.isoformat() if result.completed_at else "",
        "report_sha256": record.payload.report_sha256,
    }
    lines = [every | {"line": "result", "value": _number(result.score), "maximum": _number(result.max_score)}]
    for part in result.attributes:
        named = {"group": part.group, "key": part.key, "label": _label(part.label, language)}
        lines.append(every | {"line": "part", **named, "value": _number(part.value)})
    return lines


def _own_lines(record: Record, language: Literal["zh", "en"]) -> list[dict[str, str]]:
    """What people said beside the report: the first line is the score, the others are what belongs to it."""
    _, said = read_record(record.message.kind, record.message.payload)
    if isinstance(said, Decision):
        first = {"line": "decision", "key": said.competency_id, "value": _number(said.value), "maximum": "100"}
        others = [
            {"line": "part", "group": "decision", "key": "holds", "value": _number(said.holds), "maximum": "100"},
            {"line": "part", "group": "decision", "key": "version", "value": str(said.version)},
            {"line": "part", "group": "decision", "key": "reason", "value": said.reason},
            {"line": "part", "group": "decision", "key": "by", "value": said.by},
        ]
    else:
        assert isinstance(said, PanelResult), record.message.kind
        first = {"line": "panel", "value": _number(said.score), "maximum": "100"}
        others = [
            {"line": "part", "group": "competency", "key": part.key, "label": _label(part.label, language),
             "value": _number(part.score), "maximum": _number(part.max_score)}
            for part in said.parts
        ]  # fmt: skip
        others.append({"line": "part", "group": "panel", "key": "raters", "value": str(said.raters)})
    return [{"completed_at": said.at.isoformat(), **line} for line in (first, *others)]


def _label(label: Label, language: Literal["zh", "en"]) -> str:
    return label.zh if language == "zh" else label.en


def _number(value: float | str | None) -> str:
    """Empty: not assessable, which is not zero."""
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:g}"


ADAPTER = Adapter(Label("文件交换 (CSV)", "File drop (CSV)"), Settings, FileDrop, (RESULT_KIND, *RECORD_KINDS))
