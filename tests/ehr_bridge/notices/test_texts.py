from pathlib import Path

import pytest
import yaml

from ehr_bridge.notices.slots import SLOTS, SlotInvalid, fitting
from ehr_bridge.notices.texts import BODY_BYTES, TextInvalid, builtin, read, render, texts

GOOD = {
    "kind": "progress",
    "slots": ["name"],
    "zh": {"title": "标题", "body": "{name}，您好", "sms": "{name}"},
    "en": {"title": "Title", "body": "Hello {name}", "sms": "{name}"},
}


def written(**changes: object) -> bytes:
    return yaml.safe_dump(GOOD | changes, allow_unicode=True).encode()


@pytest.mark.parametrize("kind", sorted(builtin()))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_fits_its_channels_when_its_slots_are_full(kind: str, language: str) -> None:
    text = builtin()[kind]
    full = render(text, language, {slot: "满" * SLOTS[slot] for slot in text.slots})  # type: ignore[arg-type]
    assert len(full.body.encode()) <= BODY_BYTES
    assert "{" not in full.title + full.body + full.sms


def test_the_articles_notices_are_there() -> None:
    values = {"name": "王芳", "employer": "示范银行", "position": "客户经理", "hours": "24", "scores": "专业能力 85",
              "exercise": "复述客户的话。"}  # fmt: skip
    told = render(builtin()["result_passed"], "zh", values)
    assert "恭喜您通过" in told.body
    assert "24小时内联系您" in told.body
    assert "12小时内" in render(builtin()["report_ready"], "zh", {**values, "hours": "12"}).body


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"- a list", "progress.yaml"),
        (b"kind: [", "progress.yaml"),
        (written(slots=["nonsense"]), "nonsense is no slot"),
        (written(slots=["name", "link"]), "{link} is not used"),
        (written(zh={"title": "t", "body": "{name}{position}", "sms": "s"}), "{position} is not among its slots"),
        (written(en={"title": "t", "body": "{name", "sms": "{name}"}), "a brace"),
        (written(en={"title": "t", "body": "{name}"}), "sms: in one language"),
        (written(en={"title": "t", "body": "x" * 2100 + "{name}", "sms": "{name}"}), "body may have"),
        (written(en={"title": "two\nlines", "body": "{name}", "sms": "{name}"}), "title is one line"),
        (written(en={"title": "t", "body": "{name}", "sms": "x" * 500 + "{name}"}), "sms may have"),
        (written(extra=1), "extra"),
    ],
)
def test_a_flaw_is_named(source: bytes, problem: str) -> None:
    with pytest.raises(TextInvalid) as invalid:
        read(source, "progress.yaml")
    assert problem in str(invalid.value)


def test_an_employers_folder_replaces_single_texts(tmp_path: Path) -> None:
    (tmp_path / "progress.yaml").write_bytes(written())
    own = texts(tmp_path)
    assert render(own["progress"], "en", {"name": "Fang"}).body == "Hello Fang"
    assert own["offer"] == builtin()["offer"]


def test_a_text_for_no_notice_or_with_a_slot_nobody_fills_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(written(kind="greeting"))
    with pytest.raises(TextInvalid, match="no notice is called so"):
        texts(tmp_path)
    (tmp_path / "own.yaml").write_bytes(written(slots=["quote"], **{
        language: {"title": "t", "body": "{quote}", "sms": "s"} for language in ("zh", "en")}))  # fmt: skip
    with pytest.raises(TextInvalid, match="never filled in"):
        texts(tmp_path)
    with pytest.raises(TextInvalid, match="no such folder"):
        texts(tmp_path / "absent")


def test_prose_is_shortened_visibly_and_facts_never() -> None:
    assert fitting("quote", "长" * 200) == "长" * 79 + "…"
    assert fitting("name", " 王  芳\n") == "王 芳"
    with pytest.raises(SlotInvalid) as invalid:
        fitting("link", "https://x/" + "y" * 300)
    assert "https" not in str(invalid.value)
    with pytest.raises(SlotInvalid, match="empty"):
        render(builtin()["chat"], "zh", {"employer": "示范银行"})
