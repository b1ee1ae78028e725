"""What a report says in its own words, by code. Both languages side by side, so that neither is forgotten."""

from scoring.bilingual import Bilingual

LABEL = Bilingual(zh="AI 生成", en="AI-generated")
STATEMENT = Bilingual(
    zh="本报告由系统依据候选人的原话和公开的评分规则生成，供人工参考；是否录用由人决定，系统不作任何自动淘汰。",
    en=(
        "This report was made by a machine from the candidate's own words and published rules, as advice. "
        "A human decides; nothing is ever rejected automatically."
    ),
)
FIXTURE_NOTICE = Bilingual(
    zh="转写由演示模型完成：它只记住了演示语句，不能说明识别准确率。",
    en="Transcribed by the demo model: memorised demo sentences only; says nothing about accuracy.",
)

FINDINGS: dict[str, Bilingual] = {
    "no_answer": Bilingual(zh="未作答", en="Not answered"),
    "awaiting_transcription": Bilingual(zh="录音等待转写，暂不评分", en="The recording awaits transcription"),
    "unknown_question": Bilingual(zh="岗位模型中没有这道题", en="The position model does not know this question"),
    "low_transcript_quality": Bilingual(zh="转写质量过低", en="The transcript is too uncertain"),
    "audio_missing": Bilingual(zh="录音缺失过多", en="Too much of the sound is missing"),
    "too_little_speech": Bilingual(zh="内容过少，无法评价", en="Too little was said to judge"),
    "wrong_language": Bilingual(zh="使用了中文和英文以外的语言", en="In a language other than Chinese or English"),
    "gibberish": Bilingual(zh="内容没有可理解的语句", en="No intelligible sentences"),
    "question_echo": Bilingual(zh="主要在重复题目", en="Mostly repeats the question"),
    "off_topic": Bilingual(zh="没有回答所问的问题", en="Does not address the question"),
    "keyword_stuffing": Bilingual(
        zh="堆砌关键词，缺少完整表达", en="Lists keywords instead of saying anything with them"
    ),
    "length_inflation": Bilingual(zh="篇幅较长而内容很少", en="Long, with very little in it"),
    "overlong": Bilingual(zh="超出可读长度的部分未计入", en="Longer than is read; the rest does not count"),
    "control_characters": Bilingual(
        zh="含有不可见的控制字符，已去除", en="Contains invisible control characters; removed"
    ),
    "instruction_to_rater": Bilingual(
        zh="含有针对评分系统的指令，已忽略", en="Contains instructions to the rater; ignored"
    ),
    "repetition": Bilingual(zh="重复的句子只计一次", en="Repeated sentences count once"),
    "echoed_sentences": Bilingual(zh="复述题目的句子不计分", en="Sentences that repeat the question do not count"),
    "unfamiliar_wording": Bilingual(
        zh="回答较长，但规则没有听到本题要看的行为，可能低估，请人工阅读",
        en="A long answer in which the rules heard no behaviour asked for: perhaps underrated, please read it",
    ),
    "raters_disagree": Bilingual(
        zh="评分者之间相差超过一级，请人工判断", en="The raters stand more than one level apart; a person should judge"
    ),
    "rater_unavailable": Bilingual(zh="有一位外部评分者未能给出评分", en="An outside rater gave no rating"),
    "partial_transcript": Bilingual(zh="转写不完整", en="The transcript is incomplete"),
    "recording_incomplete": Bilingual(zh="录音不完整", en="The recording is incomplete"),
    "some_audio_missing": Bilingual(zh="部分录音缺失", en="Some of the sound is missing"),
    "poor_sound": Bilingual(zh="录音条件较差", en="The sound was poor"),
}

OBSERVATIONS: dict[str, Bilingual] = {
    "tab_hidden": Bilingual(zh="页面曾切换到后台", en="The page was in the background for a time"),
    "pasted": Bilingual(zh="作答时有粘贴操作", en="Text was pasted into the answer"),
    "camera_lost": Bilingual(zh="摄像头曾中断", en="The camera was lost for a time"),
    "other_language": Bilingual(
        zh="有一句话不是中文或英文，未转写，请听录音",
        en="Something was said in neither Chinese nor English and was not written down; please listen to the recording",
    ),
    "microphone_lost": Bilingual(zh="麦克风曾中断", en="The microphone was lost for a time"),
}

ENDED: dict[str, Bilingual] = {
    "withdrawn": Bilingual(
        zh="候选人已退出面试；以下仅为退出之前的内容。",
        en="The candidate withdrew; what follows is only what was said before.",
    ),
    "expired": Bilingual(zh="面试因超时结束，未全部完成。", en="The interview expired before it was finished."),
    "ended_by_hr": Bilingual(zh="面试由 HR 提前结束。", en="HR ended the interview early."),
}
HUMAN_REQUESTED = Bilingual(
    zh="候选人希望与真人沟通，请尽快联系。此请求不影响评分。",
    en="The candidate asked to talk to a person; please get in touch soon. The request does not touch the scores.",
)

ATTESTATIONS: dict[str, Bilingual] = {
    "off": Bilingual(
        zh="非语言通道：按适用规则关闭，未加载，也未读取任何面部或语调数据。",
        en="Non-verbal channel: disabled by the rules that apply; not loaded, no face or pitch data were read.",
    ),
    "described": Bilingual(
        zh="非语言通道：仅作描述，对总分的贡献为 0。",
        en="Non-verbal channel: described only; its contribution to the total is 0.",
    ),
    "scored": Bilingual(
        zh="非语言通道：在上限之内计入总分，并单独列出。",
        en="Non-verbal channel: counted within its cap and shown separately.",
    ),
}

EVIDENCE_KINDS: dict[str, Bilingual] = {
    "situation": Bilingual(zh="情境", en="Situation"),
    "task": Bilingual(zh="任务", en="Task"),
    "action": Bilingual(zh="行动", en="Action"),
    "result": Bilingual(zh="结果", en="Result"),
    "risk_term": Bilingual(zh="金融风险用语", en="Finance-risk term"),
    "rater": Bilingual(zh="外部评分者引用", en="Quoted by an outside rater"),
    "stability": Bilingual(zh="表示愿意长期发展", en="Says they mean to stay"),
    "stability_against": Bilingual(zh="表示可能离开", en="Says they may leave"),
    "value": Bilingual(zh="提到的价值观", en="A value they name"),
    "value_against": Bilingual(zh="不认同的价值观", en="A value they reject"),
    "i": Bilingual(zh="本人行动", en="Own act"),
    "we": Bilingual(zh="团队行动", en="Team act"),
    "implied": Bilingual(zh="行动", en="Act"),
}

SIGNS: dict[str, Bilingual] = {
    "acts": Bilingual(zh="多个本人行动", en="several own acts"),
    "detail": Bilingual(zh="具体细节", en="concrete detail"),
    "kinds_of_detail": Bilingual(zh="细节种类多", en="detail of several kinds"),
    "outcomes": Bilingual(zh="结果", en="outcomes"),
    "care": Bilingual(zh="核实、跟进或反思", en="checking, following up or learning"),
    "views": Bilingual(zh="考虑他人、风险或其他可能", en="regard for others, risk or alternatives"),
    "examples": Bilingual(zh="举例或对比", en="examples or contrasts"),
    "breadth": Bilingual(zh="内容充实", en="breadth of content"),
    "reasons": Bilingual(zh="理由", en="reasons"),
    "sequence": Bilingual(zh="先后次序", en="order of steps"),
}
FAULTS: dict[str, Bilingual] = {
    "red_lines": Bilingual(zh="触及红线的表述", en="words across a red line"),
    "passing_on": Bilingual(zh="推给他人", en="passing the matter on"),
    "evasion": Bilingual(zh="回避", en="evasion"),
    "hollow": Bilingual(zh="空泛的自我评价或套话", en="hollow claims"),
    "denied": Bilingual(zh="多次表示不去做应做的事", en="repeatedly declines to do what is due"),
}


def behaviour(label: Bilingual, *, denied: bool, bad: bool) -> Bilingual:
    """How an indicator is named once its stance is known: refusing something bad is good, and the reverse."""
    if not denied:
        return label
    if bad:
        return Bilingual(zh=f"明确拒绝：{label.zh}", en=f"Refuses: {label.en.lower()}")
    return Bilingual(zh=f"明确不做：{label.zh}", en=f"Denies: {label.en.lower()}")
