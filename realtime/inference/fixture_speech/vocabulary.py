"""A small byte-level tokenizer with Whisper's special tokens, in Whisper's order.

Text tokens come first, then an empty-string token (CTranslate2 takes a vocabulary without one for an
English-only model), then the special tokens, then 1501 timestamps. Chinese characters are never merged with
each other, so one character is one token and has a time of its own.
"""

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
    learned = _model(learner)
    vocabulary = {**learned["vocab"], "": len(learned["vocab"])}
    merges = [tuple(merge) for merge in learned["merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in TIMESTAMPS])
    return tokenizer


def _model(tokenizer: Tokenizer) -> dict[str, dict[str, int]]:
    import json

    loaded: dict[str, dict[str, dict[str, int]]] = json.loads(tokenizer.to_str())
    return loaded["model"]


def tokens_in_order(tokenizer: Tokenizer) -> list[str]:
    """For vocabulary.json: index is the token's id."""
    return sorted(tokenizer.get_vocab(), key=lambda token: tokenizer.token_to_id(token))
