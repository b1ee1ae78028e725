"""The wording a candidate agrees to. A version is never edited: a new wording is a new version.

The consent ledger stores the version and the hash of the words that were on the screen.
"""

import hashlib
from dataclasses import dataclass

from realtime.protocol.text import Bilingual
from server.profiles import Profile


@dataclass(frozen=True, slots=True)
class ConsentItem:
    key: str
    required_for_voice: bool
    label: Bilingual


@dataclass(frozen=True, slots=True)
class ConsentText:
    version: str
    text: Bilingual
    items: tuple[ConsentItem, ...]

    @property
    def sha256(self) -> str:
        parts = [self.version, self.text.zh, self.text.en]
        parts += [part for item in self.items for part in (item.key, item.label.zh, item.label.en)]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


_TEXT = Bilingual(
    zh=(
        "本次面试由人工智能系统协助进行：它向您提问、记录您的回答、把语音转成文字，并根据岗位要求整理出一份带有原文依据的报告。"
        "系统只提供建议，是否录用由招聘人员决定。您的回答仅供本次招聘相关的人员查看，保存期限由招聘单位规定；"
        "您可以随时要求招聘单位提供、更正或删除，也可以要求由人工面试。不同意录音也可以参加：改用文字作答，评分方式相同，不会因此受到不利影响。"
    ),
    en=(
        "This interview is assisted by an AI system: it asks the questions, records your answers, turns speech into "
        "text and prepares a report that quotes your own words against the requirements of the job. It only advises; "
        "people decide. Your answers are seen only by those involved in this recruitment, and kept as long as the "
        "employer's own rules say. You may at any time ask the employer to show, correct or delete them, or ask for a "
        "human interview. You can take part without being recorded: you then type your answers, are scored the "
        "same way, and it never counts against you."
    ),
)
_RECORDING = ConsentItem(
    "recording", True, Bilingual(zh="录制我的声音和画面", en="Record my voice and picture while I answer")
)
_TRANSCRIPT = ConsentItem("speech_to_text", True, Bilingual(zh="把我的语音转成文字", en="Turn my speech into text"))
_VOICE = ConsentItem(
    "voice_analysis",
    False,
    Bilingual(zh="（可选）描述我的语速、停顿和音量", en="(Optional) Describe my pace, pauses and loudness"),
)
_FACE = ConsentItem(
    "face_analysis",
    False,
    Bilingual(
        zh="（可选，单独同意）分析我的面部动作，如微笑、视线和头部姿态；不识别身份，不判断情绪",
        en="(Optional, separate consent) Measure movements of my face, such as smile, gaze and head pose; "
        "no identification, no emotions",
    ),
)

VERSION = "2026-11"


def consent_for(profile: Profile) -> ConsentText:
    """What is asked depends on the law: what a profile rules out is not even asked for."""
    items = [_RECORDING, _TRANSCRIPT]
    if profile.delivery in ("on", "consented"):
        items.append(_VOICE)
    if profile.face == "consented":
        items.append(_FACE)
    return ConsentText(version=f"{VERSION}/{profile.name}", text=_TEXT, items=tuple(items))
