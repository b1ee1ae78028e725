"""One text in both languages of the product; equal citizens, neither a fallback of the other."""

from typing import Literal

import msgspec

Language = Literal["zh", "en"]


class Bilingual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en
