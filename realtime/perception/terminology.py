"""The words of a job: what the recogniser is told to expect, and how its spelling is put right. Pure.

Two uses, both harmless where nobody says such a word. *Hot words* go in front of the previous text in the prompt, and
an engine that merely repeats its prompt is caught by a guard. *Spelling* touches the last words of an utterance only,
and only what sounds the same by construction: an abbreviation said letter by letter ("A U M", "A.U.M.") is written
together, and a variant that the position's author declared, which the linter keeps close to its term, is replaced.
Nothing is guessed, no word comes in for which there was no sound, and the times stay those of the sound.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from realtime.inference.engine import RecognisedWord, SpeechResult
from realtime.inference.words import bare, is_cjk, join_words, keys, split_words
from realtime.interview.plan import Term
from realtime.protocol.text import Language

_ABBREVIATION = re.compile(r"[A-Z]{3,6}")
_DOTTED = re.compile(r"[A-Za-z](?:[.\-][A-Za-z])+[.\-]?")


def hot_words(terms: Iterable[Term], language: Language) -> tuple[str, ...]:
    """What is likely to be said in an interview of this language. An abbreviation is said in Chinese too."""
    words: list[str] = []
    for term in terms:
        words += [term.zh] if language == "zh" else [term.en]
        if language == "zh" and is_abbreviation(term.en):
            words.append(term.en)
    return tuple(dict.fromkeys(words))


def is_abbreviation(text: str) -> bool:
    return _ABBREVIATION.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Spelling:
    """``variants``: from the keys of the words as heard to the words as they are written."""

    variants: dict[tuple[str, ...], tuple[str, ...]]

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Spelling":
        variants: dict[tuple[str, ...], tuple[str, ...]] = {}
        for term in terms:
            if is_abbreviation(term.en):
                variants[tuple(term.en.casefold())] = (term.en,)
            for heard in term.spoken:
                variants[keys(split_words(heard))] = tuple(split_words(term.zh if is_cjk(heard) else term.en))
        return cls(variants)

    def applied(self, result: SpeechResult) -> SpeechResult:
        """The result as it is written, or itself where nothing is to be put right."""
        words = self.written(result.words)
        if words == result.words:
            return result
        return replace(result, words=words, text=join_words(word.text for word in words))

    def written(self, words: Sequence[RecognisedWord]) -> tuple[RecognisedWord, ...]:
        said = keys([word.text for word in words])
        written: list[RecognisedWord] = []
        at = 0
        while at < len(words):
            length = self._longest(said[at:])
            own = words[at : at + max(1, length)]
            letters = tuple(said[at])
            if length:
                written += _respelled(own, self.variants[said[at : at + length]])
            elif letters in self.variants and _DOTTED.fullmatch(bare(own[0].text)):
                written += _respelled([_without_dots(own[0])], self.variants[letters])
            else:
                written += own
            at += len(own)
        return tuple(written)

    def _longest(self, said: tuple[str, ...]) -> int:
        """How many words at the front are a variant, at most."""
        lengths = sorted({len(variant) for variant in self.variants}, reverse=True)
        return next((length for length in lengths if said[:length] in self.variants), 0)


def _without_dots(word: RecognisedWord) -> RecognisedWord:
    """The last dot of "A.U.M." belongs to the letters, what follows it does not."""
    plain = bare(word.text)
    return replace(word, text=plain + word.text[len(plain) :].lstrip(".-"))


def _respelled(heard: Sequence[RecognisedWord], spelling: tuple[str, ...]) -> list[RecognisedWord]:
    """The spelling, in the time in which it was heard, with the marks that stood around it."""
    first, last = heard[0].text, heard[-1].text
    before = first[: len(first) - len(first.lstrip("\"'“‘「『《〈【（([{<"))]
    texts = list(spelling)
    texts[0] = before + texts[0]
    texts[-1] += last[len(bare(last)) :]
    if len(texts) == len(heard):
        return [replace(word, text=text) for word, text in zip(heard, texts, strict=True)]
    share = (heard[-1].end_ms - heard[0].start_ms) / len(texts)
    probability = min(word.probability for word in heard)
    edges = [round(heard[0].start_ms + share * place) for place in range(len(texts) + 1)]
    return [RecognisedWord(text, edges[at], edges[at + 1], probability) for at, text in enumerate(texts)]
