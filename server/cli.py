"""The ``viva`` command."""


def main() -> None:
    raise SystemExit("viva: the command line is being built")
