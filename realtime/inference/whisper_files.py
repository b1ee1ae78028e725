"""A directory that holds a Whisper model, looked at before CTranslate2 is: every way in which it can be wrong
gets its own message, because the person who reads it downloaded something and wants to know what to do.

``viva.json`` is ours and optional: the model's name, version, languages, a notice to show wherever it is used,
and the SHA-256 of its files.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import msgspec

from realtime.inference.ctranslate2_file import ModelOutline, read_outline
from realtime.inference.engine import EngineDescription
from realtime.inference.model_digest import sha256_of
from realtime.protocol.text import Bilingual, Fault

PRODUCT_LANGUAGES = ("zh", "en")
FINAL_BEAM = 5
_ARCHITECTURE = "WhisperSpec"


class ModelInvalid(Exception):
    """``code`` is stable: model_missing, model_incomplete, model_not_whisper, model_english_only, model_damaged,
    model_not_loaded."""

    retry = False
    fault = Fault.CLIENT

    def __init__(self, code: str, message: Bilingual) -> None:
        super().__init__(message.en)
        self.code = code
        self.message = message


class ModelCard(msgspec.Struct, frozen=True):
    """``viva.json``. ``previous_text`` false: the model was never taught to be given context. ``hot_words`` true: it
    was measured that words it should expect do no harm in front of that. ``final_beam``: how wide to search for the
    last words."""

    name: str
    version: str = ""
    languages: list[str] = []
    notice: Bilingual | None = None
    sha256: dict[str, str] = {}
    previous_text: bool = True
    hot_words: bool = False
    final_beam: int = FINAL_BEAM


class _Config(msgspec.Struct):
    """``config.json``, as far as CTranslate2 rests on it. A suppressed id of -1 stands for none."""

    lang_ids: list[int]
    suppress_ids: list[int]
    suppress_ids_begin: list[int]
    alignment_heads: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ModelDirectory:
    """A directory that passed."""

    path: Path
    description: EngineDescription
    previous_text: bool
    hot_words: bool
    final_beam: int


def fixture_directory() -> Path:
    """The speech model that comes with the project. It has memorised the demo sentences and nothing else."""
    return Path(__file__).parent / "fixture_speech" / "model"


def read_model_directory(path: Path) -> ModelDirectory:
    """Raises ``ModelInvalid``, never an error of a library."""
    if not path.is_dir():
        raise _invalid("model_missing", f"模型目录 {path} 不存在。{_PULL_ZH}", f"There is no folder {path}. {_PULL_EN}")
    vocabulary = _require(path, "vocabulary.json", "vocabulary.txt")
    for name in ("model.bin", "config.json", "tokenizer.json"):
        _require(path, name)
    outline = _require_whisper(path / "model.bin")
    tokens = _tokens(vocabulary)
    _require_multilingual(path, tokens)
    _require_config(path, len(tokens), outline)
    _require_own_tokenizer(path, tokens)
    card = _card(path)
    _require_undamaged(path, card)
    return ModelDirectory(
        path=path,
        description=EngineDescription(
            name=card.name if card else path.name,
            version=(card.version if card else "") or "ctranslate2",
            digest=sha256_of(path / "model.bin"),
            languages=_languages(tokens, card),
            notice=card.notice if card else None,
        ),
        previous_text=card.previous_text if card else True,
        hot_words=card.hot_words if card else False,
        final_beam=card.final_beam if card else FINAL_BEAM,
    )


def _require(path: Path, *names: str) -> Path:
    for name in names:
        if (path / name).is_file():
            return path / name
    name = names[0]
    why_zh = "缺少它时分词器会转而访问网络。" if name == "tokenizer.json" else ""
    why_en = "Without it the tokenizer would be asked of the network. " if name == "tokenizer.json" else ""
    raise _invalid(
        "model_incomplete",
        f"模型目录 {path} 缺少 {name}。{why_zh}{_PULL_ZH}",
        f"{path} has no {name}. {why_en}{_PULL_EN}",
    )


def _require_whisper(file: Path) -> ModelOutline:
    outline = read_outline(file)
    if outline.architecture != _ARCHITECTURE:
        name = outline.architecture[:40] or "?"
        raise _invalid(
            "model_not_whisper",
            f"{file} 不是 CTranslate2 格式的 Whisper 模型（读到“{name}”）。{_CONVERT_ZH}",
            f"{file} is not a Whisper model in CTranslate2's format (found {name!r}). {_CONVERT_EN}",
        )
    if not outline.whole:
        raise _invalid(
            "model_damaged",
            f"{file} 不完整，文件提前结束。{_PULL_ZH}",
            f"{file} is cut short: it ends early. {_PULL_EN}",
        )
    return outline


def _require_config(path: Path, tokens: int, outline: ModelOutline) -> None:
    """CTranslate2 believes what it reads here: a number out of range ends the process, not the call."""
    try:
        config = msgspec.json.decode((path / "config.json").read_bytes(), type=_Config)
    except msgspec.DecodeError as error:
        raise _config_damaged(path, str(error)) from error
    ids = [*config.lang_ids, *config.suppress_ids, *config.suppress_ids_begin]
    if any(not 0 <= id < tokens for id in ids if id != -1) or -1 in config.lang_ids:
        raise _config_damaged(path, f"a token beyond the {tokens} of the vocabulary")
    layers, heads = outline.layers or 1_000, outline.heads or 1_000
    if any(not (0 <= layer < layers and 0 <= head < heads) for layer, head in config.alignment_heads):
        raise _config_damaged(path, "an alignment head that the model does not have")
    if outline.vocabulary not in (None, tokens):
        raise _invalid(
            "model_damaged",
            f"{path} 的词表有 {tokens} 个词元，而 model.bin 有 {outline.vocabulary} 个：文件来自不同的模型。{_PULL_ZH}",
            f"The vocabulary in {path} has {tokens} tokens and model.bin {outline.vocabulary}: they are from "
            f"different models. {_PULL_EN}",
        )


def _config_damaged(path: Path, cause: str) -> ModelInvalid:
    return _invalid(
        "model_damaged",
        f"{path}/config.json 不可用（{cause}）。{_PULL_ZH}",
        f"{path}/config.json cannot be used ({cause}). {_PULL_EN}",
    )


def _require_multilingual(path: Path, tokens: list[str]) -> None:
    """CTranslate2 takes a vocabulary without the empty string for that of an English-only model, and then
    decodes Chinese speech into English words without a warning."""
    missing = [f"<|{language}|>" for language in PRODUCT_LANGUAGES if f"<|{language}|>" not in tokens]
    if "" not in tokens:
        missing.append('""')
    if not missing:
        return
    lacks = ", ".join(missing)
    raise _invalid(
        "model_english_only",
        f"{path} 只能识别英语（词表中缺少 {lacks}）。请使用多语言模型，不要使用名称以 .en 结尾的模型。",
        f"{path} would recognise English only (its vocabulary lacks {lacks}). Use a multilingual model, not a .en one.",
    )


def _require_own_tokenizer(path: Path, tokens: list[str]) -> None:
    """A tokenizer of another model counts its tokens differently: the text would be fluent nonsense."""
    try:
        added = json.loads((path / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
        numbers = {str(token["content"]): int(token["id"]) for token in added}
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid(
            "model_damaged",
            f"{path}/tokenizer.json 无法读取（{type(error).__name__}）。{_PULL_ZH}",
            f"{path}/tokenizer.json cannot be read ({type(error).__name__}). {_PULL_EN}",
        ) from error
    for token in ("<|startoftranscript|>", "<|notimestamps|>"):
        if token not in tokens or numbers.get(token) != tokens.index(token):
            raise _invalid(
                "model_damaged",
                f"{path}/tokenizer.json 与词表不一致（{token}），可能来自另一个模型。{_PULL_ZH}",
                f"{path}/tokenizer.json does not agree with the vocabulary on {token}: it is from another model. "
                f"{_PULL_EN}",
            )


def not_loaded(path: Path, cause: str) -> ModelInvalid:
    """What only CTranslate2 can find: a file cut short, a device or compute type this machine does not have."""
    return _invalid(
        "model_not_loaded",
        f"无法加载模型 {path}：{cause}。请检查文件是否完整，以及设置中的设备与计算类型。",
        f"The model in {path} could not be loaded: {cause}. Is it whole, and does this machine have the device and "
        f"compute type that the settings name?",
    )


def _tokens(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".txt":
            return text.removesuffix("\n").split("\n")
        return [str(token) for token in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise _invalid(
            "model_damaged",
            f"{file} 无法读取（{type(error).__name__}）。{_PULL_ZH}",
            f"{file} cannot be read ({type(error).__name__}). {_PULL_EN}",
        ) from error


def _card(path: Path) -> ModelCard | None:
    file = path / "viva.json"
    if not file.is_file():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=ModelCard)
    except msgspec.DecodeError as error:
        raise _invalid("model_damaged", f"{file} 无法读取：{error}", f"{file} cannot be read: {error}") from error


def _languages(tokens: list[str], card: ModelCard | None) -> tuple[str, ...]:
    """Those of the product that the model knows: nobody's answer is to come back in a third language."""
    known = set(card.languages) if card and card.languages else set(PRODUCT_LANGUAGES)
    return tuple(language for language in PRODUCT_LANGUAGES if language in known and f"<|{language}|>" in tokens)


def _require_undamaged(path: Path, card: ModelCard | None) -> None:
    for name, expected in sorted(card.sha256.items()) if card else ():
        if not (path / name).is_file() or sha256_of(path / name) != expected:
            raise _invalid(
                "model_damaged",
                f"{path / name} 与 viva.json 中的 sha256 不符，文件可能损坏。{_PULL_ZH}",
                f"{path / name} does not match its sha256 in viva.json: it is damaged. {_PULL_EN}",
            )


def _invalid(code: str, zh: str, en: str) -> ModelInvalid:
    return ModelInvalid(code, Bilingual(zh=zh, en=en))


_PULL_ZH = "请运行 viva models pull speech-small，或在设置中指向一个完整的目录。"
_PULL_EN = "Run: viva models pull speech-small, or point the setting at a complete folder."
_CONVERT_ZH = "请用 ct2-transformers-converter 转换，或运行 viva models pull speech-small。"
_CONVERT_EN = "Convert it with ct2-transformers-converter, or run: viva models pull speech-small."
