"""The state diagram, drawn from the table: ``python -m realtime.interview.diagram``.

Without arguments it prints Mermaid. With ``--write FILE`` it replaces what stands between the two markers in that page.
"""

import argparse
import sys
from pathlib import Path

from realtime.interview import events as on
from realtime.interview.session import TRANSITIONS
from realtime.interview.state import HELD, SEATED
from realtime.protocol import messages as say
from realtime.protocol.text import Phase

BEGIN = "<!-- state diagram: begin (python -m realtime.interview.diagram) -->"
END = "<!-- state diagram: end -->"

LABELS: dict[type, str] = {
    on.CandidateJoined: "joined",
    on.TimePassed: "time",
    on.ReportStored: "report stored",
    say.GiveConsent: "consent",
    say.Proceed: "go on",
    say.StartAnswer: "start now",
    say.FinishAnswer: "finished",
    say.RequestHuman: "human wanted",
    say.Withdraw: "withdraw",
    say.EndInterview: "HR ends",
    say.PauseInterview: "HR pauses",
    say.ContinueInterview: "HR continues",
    say.ExtendTime: "HR gives time",
    say.Accommodate: "HR lifts the limit",
}


def moves() -> dict[tuple[Phase, Phase], list[str]]:
    """Every move of the table with the events that make it, in the table's order."""
    found: dict[tuple[Phase, Phase], list[str]] = {}
    for phase, row in TRANSITIONS.items():
        for kind, targets in row.items():
            for target in sorted(targets, key=list(Phase).index):
                found.setdefault((phase, target), []).append(LABELS[kind])
    return found


def mermaid() -> str:
    """The phases in which the candidate sits are drawn as one box, so that what every one of them shares (pausing,
    losing the connection, leaving) is one arrow and not nine."""
    table = moves()
    shared = {target: _by_all(table, target) for target in Phase if target not in SEATED and _by_all(table, target)}
    inside: list[str] = []
    outside: list[str] = []
    for (phase, target), labels in table.items():
        if phase in HELD and target in SEATED:
            continue
        if phase in SEATED and target in shared:
            labels = [label for label in labels if label not in shared[target]]
            if not labels:
                continue
        line = f"{phase} --> {target}: {', '.join(labels)}"
        (inside if phase in SEATED and target in SEATED else outside).append(line)
    for target, labels in shared.items():
        outside.append(f"seated --> {target}: {', '.join(labels)}")
    for phase in sorted(HELD):
        labels = sorted({label for target in SEATED for label in table.get((phase, target), [])})
        outside.append(f"{phase} --> seated: {', '.join(labels)} (back to the phase that was held)")
    ends = [f"{phase} --> [*]" for phase in Phase if not any(source is phase for source, _ in table)]
    body = ["[*] --> invited", "state seated {", *(f"    {line}" for line in inside), "}", *outside, *ends]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in body), "```"])


def _by_all(table: dict[tuple[Phase, Phase], list[str]], target: Phase) -> list[str]:
    """The events that lead to ``target`` from every phase in which the candidate sits."""
    return sorted(set.intersection(*(set(table.get((phase, target), [])) for phase in SEATED)))


def replaced(page: str) -> str:
    """The page with a current diagram. Raises ``ValueError`` when the markers are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the diagram")
    return f"{before}{BEGIN}\n{mermaid()}\n{END}{after}"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Draw the interview's state machine from its table.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the diagram in this page")
    options = parser.parse_args(arguments)
    if options.write:
        options.write.write_text(replaced(options.write.read_text("utf-8")), "utf-8")
    else:
        print(mermaid())


if __name__ == "__main__":
    main(sys.argv[1:])
