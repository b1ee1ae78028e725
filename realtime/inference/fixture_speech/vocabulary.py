"""A small byte-level tokenizer with Whisper's special tokens, in Whisper's order.

Text tokens come first, then an empty-string token (CTranslate2 takes a vocabulary without one for an
English-only model), then the special tokens, then 1501 timestamps. Chinese characters are never merged with
each other, so one character is one token and has a time of its own.
"""

import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

LANGUAGES = ("en", "zh")
END = "<|endoftext|>"
START = "<|startoftranscript|>"
TRANSCRIBE = "<|transcribe|>"
PREVIOUS = "<|startofprev|>"
NO_SPEECH = "<|nospeech|>"
NO_TIMESTAMPS = "<|notimestamps|>"
SPECIAL = (
    END,
    START,
    *(f"<|{language}|>" for language in LANGUAGES),
    "<|translate|>",
    TRANSCRIBE,
    "<|startoflm|>",
    PREVIOUS,
    NO_SPEECH,
    NO_TIMESTAMPS,
)
TIMESTAMPS = tuple(f"<|{index * 0.02:.2f}|>" for index in range(1501))
MERGED_TOKENS = 1400


def build(texts: list[str]) -> Tokenizer:
    """Deterministic for the same texts."""
    splitter = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("[\u4e00-\u9fff]"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = splitter
    # A leading space as well: the first word of a sentence is also a word inside one.
    learner.train_from_iterator(
        [*texts, *(f" {text}" for text in texts)],
        trainers.BpeTrainer(
            vocab_size=MERGED_TOKENS,
            show_progress=False,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        ),
    )
    learned, merges = _learned(learner)
    tokenizer = Tokenizer(models.BPE(vocab={**learned, "": len(learned)}, merges=merges))
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in TIMESTAMPS])
    return tokenizer


def _learned(tokenizer: Tokenizer) -> tuple[dict[str, int], list[tuple[str, str]]]:
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [(left, right) for left, right in model["merges"]]


def id_of(tokenizer: Tokenizer, token: str) -> int:
    """Raises ``KeyError`` for a token that is not in the vocabulary."""
    found = tokenizer.token_to_id(token)
    if found is None:
        raise KeyError(token)
    return found


def tokens_in_order(tokenizer: Tokenizer) -> list[str]:
    """For vocabulary.json: index is the token's id."""
    ids = tokenizer.get_vocab()
    return sorted(ids, key=ids.__getitem__)
