"""Runs at the start of every Python process of a measured server, the ones that it spawns too: when CTranslate2 is
imported, its Whisper becomes the counted one. Nothing of the server's own code is touched."""

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

_COUNTS, _SCRIPT, _ROOT = "SPEECH_BENCH_COUNTS", "SPEECH_BENCH_SCRIPT", "SPEECH_BENCH_ROOT"


class _CountedModels(importlib.machinery.SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        sys.path.append(os.environ[_ROOT])
        try:
            from bench.speech.recogniser import counted
            from bench.speech.script import Script
        finally:
            sys.path.remove(os.environ[_ROOT])
        script = Script.load(Path(os.environ[_SCRIPT])) if _SCRIPT in os.environ else None
        module.Whisper = counted(module.Whisper, Path(os.environ[_COUNTS]), script)  # type: ignore[attr-defined]


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "ctranslate2.models":
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is not None and found.origin is not None:
            found.loader = _CountedModels(name, found.origin)
        return found


if _COUNTS in os.environ:
    sys.meta_path.insert(0, _Finder())
