"""Which language is spoken, when a model knows a hundred and may write only a few. Pure.

Whisper made to write Chinese or English while somebody speaks French gives a fluent text that nobody said. Both signs
are needed to say so: the model is sure of another language, and unsure of what it wrote. Neither alone is enough, for
an accent is taken for a language now and then, and then the text is right.
"""

from collections.abc import Collection, Sequence

SAME_WRITING = {"yue": "zh"}
"""Cantonese, which larger models tell apart, is written as Chinese."""
OTHER_PROBABILITY = 0.8
OTHER_LOG_PROBABILITY = -0.7
"""Mean over the tokens. Right texts of clear speech lie above -0.4, OpenAI's own transcribe() doubts from -1.0 on."""
LEAST_VOICED_S = 1.5
"""A language is not known from one word."""


def spoken_language(ranking: Sequence[tuple[str, float]], known: Collection[str]) -> tuple[str, float]:
    """The likeliest of those that may be written, and the probability that it is none of them.

    >>> spoken_language([("fr", 0.75), ("en", 0.125), ("yue", 0.0625), ("zh", 0.0625)], ("zh", "en"))
    ('en', 0.75)
    """
    shares = dict.fromkeys(known, 0.0)
    for language, probability in ranking:
        written = SAME_WRITING.get(language, language)
        if written in shares:
            shares[written] += probability
    likeliest = max(shares, key=lambda language: shares[language])
    return likeliest, max(0.0, 1.0 - sum(shares.values()))


def is_another(other_probability: float, *, mean_log_probability: float, voiced_s: float) -> bool:
    """Whether what was written stands for speech in a language that the model may not write."""
    return (
        voiced_s >= LEAST_VOICED_S
        and other_probability >= OTHER_PROBABILITY
        and mean_log_probability < OTHER_LOG_PROBABILITY
    )
