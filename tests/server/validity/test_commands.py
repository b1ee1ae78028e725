"""Every command explains itself, and asking for help loads nothing heavy."""

import subprocess
import sys

import pytest

from tests.server.validity.conftest import Viva

COMMANDS = [
    (),
    ("trial",),
    ("example",),
    ("power",),
    ("weights",),
    ("weights", "propose"),
    ("weights", "approve"),
    ("calibration",),
    ("calibration", "fit"),
    ("calibration", "approve"),
    ("calibration", "withdraw"),
    ("bias",),
    ("audit-age",),
    ("drift",),
    ("readiness",),
]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself(viva: Viva, words: tuple[str, ...]) -> None:
    shown = viva(*words, "--help")
    assert shown.exit_code == 0
    assert "Usage:" in shown.output


def test_help_needs_no_numpy() -> None:
    code = "import sys, server.validity.commands; sys.exit('numpy' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
