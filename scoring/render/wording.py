"""The words on the page that are not in the report itself."""

from scoring.bilingual import Bilingual, Language

WORDS: dict[str, Bilingual] = {
    "title_hr": Bilingual(zh="面试评估报告", en="Interview report"),
    "title_candidate": Bilingual(zh="面试反馈", en="Interview feedback"),
    "total": Bilingual(zh="总分", en="Total"),
    "range": Bilingual(zh="参考区间", en="Range"),
    "words_only": Bilingual(zh="仅语言内容", en="Words only"),
    "ten": Bilingual(zh="十分制", en="Out of ten"),
    "stars": Bilingual(zh="星级", en="Stars"),
    "not_assessable": Bilingual(zh="暂不评分", en="Not assessable"),
    "assessable": Bilingual(zh="可评估的回答", en="Answers assessed"),
    "competencies": Bilingual(zh="胜任力画像", en="Competency profile"),
    "profile": Bilingual(zh="能力画像", en="Profile"),
    "timeline": Bilingual(zh="回答时间轴", en="Timeline of the answers"),
    "timeline_key": Bilingual(
        zh="上方刻度：支持性证据　下方刻度：相反证据　浅色段：停顿",
        en="Marks above: evidence for · marks below: evidence against · pale: pauses",
    ),
    "highlights": Bilingual(zh="回答亮点", en="Highlights"),
    "suggestions": Bilingual(zh="改进建议", en="Suggestions"),
    "practise": Bilingual(zh="练习", en="Practise"),
    "no_highlights": Bilingual(zh="没有足够的内容可以引用。", en="There was not enough to quote."),
    "question": Bilingual(zh="题目", en="Question"),
    "transcript": Bilingual(zh="回答原文", en="What was said"),
    "evidence": Bilingual(zh="证据", en="Evidence"),
    "scores": Bilingual(zh="评分与依据", en="Scores and why"),
    "delivery": Bilingual(zh="表达方式（仅描述，不计分）", en="Delivery (described, not scored)"),
    "quality": Bilingual(zh="质量检查", en="Quality checks"),
    "level": Bilingual(zh="等级", en="Level"),
    "against": Bilingual(zh="相反", en="Against"),
    "play": Bilingual(zh="播放", en="Play"),
    "voice": Bilingual(zh="语音作答", en="Spoken"),
    "text": Bilingual(zh="文字作答", en="Typed"),
    "words": Bilingual(zh="字", en="words"),
    "needs_human": Bilingual(zh="建议人工复核", en="Please review by hand"),
    "applicant": Bilingual(zh="应聘者", en="Applicant"),
    "position": Bilingual(zh="岗位", en="Position"),
    "employer": Bilingual(zh="用人单位", en="Employer"),
    "date": Bilingual(zh="面试时间", en="Interviewed"),
    "interview_id": Bilingual(zh="面试编号", en="Interview"),
    "engines": Bilingual(zh="所用引擎", en="Engines"),
    "digest": Bilingual(zh="校验码", en="Digest"),
    "colon": Bilingual(zh="：", en=": "),
    "checked": Bilingual(
        zh="用校验码可以核对本报告是否被改动。", en="The digest shows whether this report has been changed."
    ),
    "page": Bilingual(zh="第 {} 页", en="Page {}"),
    "smile": Bilingual(zh="微笑", en="smile"),
    "gaze": Bilingual(zh="注视屏幕", en="looking at the screen"),
    "face": Bilingual(zh="面部动作（仅描述）", en="Face movements (described)"),
    "thanks": Bilingual(
        zh="感谢您参加本次面试。以下反馈引用您自己的回答，希望对您有所帮助。",
        en="Thank you for taking this interview. The feedback below quotes your own words; we hope it helps.",
    ),
    "your_answer": Bilingual(zh="您的回答", en="Your answer"),
    "well_said": Bilingual(zh="值得保留的表达", en="Worth keeping"),
    "how_to_read": Bilingual(zh="如何阅读", en="How to read this"),
    "how_to_read_text": Bilingual(
        zh="每个分数是行为等级（1–5）乘以 20：60 为合格，80 为良好。每个等级都以候选人的原话为证。",
        en=(
            "Each score is a behavioural level (1–5) times 20: 60 is an adequate showing, 80 a good one. "
            "Every level rests on the candidate's own words, quoted below."
        ),
    ),
}

NOTES_FOR_CANDIDATE: dict[str, Bilingual] = {
    "human_requested": Bilingual(
        zh="您希望与真人沟通，我们已经转达，此请求不影响评分。",
        en="You asked to talk to a person; we have passed it on. It does not touch your scores.",
    ),
    "withdrawn": Bilingual(zh="您已退出面试。", en="You left the interview."),
}

FOR_CANDIDATE: dict[str, Bilingual] = {
    "no_answer": Bilingual(zh="这道题没有作答。", en="This question was not answered."),
    "awaiting_transcription": Bilingual(
        zh="您的录音已安全保存，等待转写。", en="Your recording is safe and waits to be transcribed."
    ),
    "too_little_speech": Bilingual(zh="内容较短，不足以给出反馈。", en="The answer was too short for feedback."),
}
FOR_CANDIDATE_OTHERWISE = Bilingual(
    zh="这道题由工作人员查看，不作自动评价。",
    en="This answer will be looked at by a person; it was not rated automatically.",
)


def say(key: str, language: Language) -> str:
    return WORDS[key].in_language(language)


def clock(ms: int) -> str:
    """75 000 -> 1:15"""
    return f"{ms // 60_000}:{ms // 1000 % 60:02d}"
