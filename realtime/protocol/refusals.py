"""Every refusal there is, with its words: one table for the server, the interview and the page behind them.

A code never changes its meaning and is never used again for another one. The texts are for the person who reads them:
what happened and what they can do. ``docs/reference/errors.md`` is this table as a page, made by
``python -m realtime.protocol.refusals``.
"""

from dataclasses import dataclass

from realtime.protocol.codec import MAX_DRAFT_CHARACTERS, MAX_MESSAGE_BYTES, MAX_NOTE_CHARACTERS
from realtime.protocol.messages import Refused
from realtime.protocol.text import Bilingual, Fault


@dataclass(frozen=True, slots=True)
class Refusal:
    """``meaning`` is for whoever writes a client; ``zh`` and ``en`` for the person before it."""

    meaning: str
    zh: str
    en: str
    fault: Fault = Fault.CLIENT
    retry: bool = False
    retry_after_s: float | None = None


REFUSALS: dict[str, Refusal] = {
    # Links and sessions
    "link_expired": Refusal(
        "The invitation's time is over.",
        "链接已过期，请联系招聘方重新发送邀请。",
        "This link has expired. Please ask the employer for a new invitation.",
    ),
    "link_forged": Refusal(
        "The signature does not match.",
        "链接无效，请从邀请信息中重新打开完整链接。",
        "This link is not valid. Please open the complete link from your invitation again.",
    ),
    "link_used": Refusal(
        "The interview of this link is over.",
        "该链接对应的面试已经结束，不能再次使用。",
        "The interview behind this link is over; it cannot be used again.",
    ),
    "link_revoked": Refusal(
        "HR took the invitation back.",
        "邀请已被招聘方撤回，如有疑问请联系招聘方。",
        "The employer has withdrawn this invitation. Please contact them if you have questions.",
    ),
    "opened_elsewhere": Refusal(
        "A newer connection of the same interview took over; this one is closed.",
        "面试已在另一个窗口或设备中打开，本窗口已停止。",
        "The interview was opened in another window or on another device; this one has stopped.",
    ),
    "session_expired": Refusal(
        "The session token is no longer valid; join again with the link.",
        "会话已失效，请用邀请链接重新进入，您的进度已保存。",
        "Your session has ended. Please enter again with your link; your progress is kept.",
    ),
    # Things that are not there
    "position_unknown": Refusal("No position has this id.", "没有找到该岗位。", "There is no such position."),
    "interview_unknown": Refusal(
        "No interview has this id, or it is not yours to see.", "没有找到该面试。", "There is no such interview."
    ),
    "report_unknown": Refusal(
        "The interview has no report (yet).",
        "该面试没有报告，或报告尚未生成。",
        "There is no report for this interview, or not yet.",
    ),
    "resume_unknown": Refusal(
        "No résumé has this id, or it was deleted.",
        "没有找到该简历，或已被删除。",
        "There is no such résumé, or it was deleted.",
    ),
    "resume_refused": Refusal(
        "The file is none that is opened; the message and the detail (a code) say why.",
        "无法接收这个文件。",
        "This file cannot be taken.",
    ),
    "resume_queue_full": Refusal(
        "As many résumés wait to be read as may.",
        "等待读取的简历较多，请在 {retry_after_s:.0f} 秒后重新上传，已上传的不受影响。",
        "Many résumés wait to be read. Please send this one again in {retry_after_s:.0f} seconds; those sent are kept.",
        Fault.SERVER,
        retry=True,
        retry_after_s=60,
    ),
    "resume_unread": Refusal(
        "The résumé is still waiting, is being read, or was read already.",
        "该简历当前不能执行此操作，请刷新后查看状态。",
        "This cannot be done with the résumé as it is just now. Please reload to see how it stands.",
    ),
    "rules_invalid": Refusal(
        "The file of rules has mistakes; the detail names each with its line and its rule.",
        "规则文件有误，请按提示的行号逐条修改。",
        "The rules have mistakes. Please mend them where the detail says.",
    ),
    "rules_conflict": Refusal(
        "Somebody published rules in this moment.",
        "他人刚刚发布了规则，请刷新后重试。",
        "Somebody else has just published rules. Please reload and try again.",
        retry=True,
    ),
    "reason_missing": Refusal(
        "To decline a suggestion takes a reason.",
        "请写明不采纳的理由。",
        "Please say why the suggestion is declined.",
    ),
    "suggestion_unknown": Refusal("No suggestion has this id.", "没有找到该建议。", "There is no such suggestion."),
    "suggestion_settled": Refusal(
        "The suggestion was confirmed, declined or overtaken already.",
        "该建议已被处理，请刷新后查看。",
        "This suggestion was settled already. Please reload.",
    ),
    "suggestion_not_possible": Refusal(
        "What is suggested cannot be done as things are; the detail says why.",
        "目前无法执行该建议，请查看说明。",
        "This cannot be done as things are. Please see the detail.",
    ),
    "correction_invalid": Refusal(
        "A correction of a fact that cannot be: an unknown fact, no value, a date that is none.",
        "更正内容有误，请检查后重试。",
        "This correction cannot be taken. Please check what was entered.",
    ),
    "correction_conflict": Refusal(
        "Somebody corrected the same résumé in this moment.",
        "他人刚刚更正了这份简历，请刷新后重试。",
        "Somebody else has just corrected this résumé. Please reload and try again.",
        retry=True,
    ),
    "applicant_unknown": Refusal("No applicant has this id.", "没有找到该应聘者。", "There is no such applicant."),
    "invitation_unknown": Refusal("No invitation has this id.", "没有找到该邀请。", "There is no such invitation."),
    "notices_off": Refusal(
        "No channel to people is configured (VIVA_NOTICES).",
        "尚未配置任何通知渠道，请管理员先行设置。",
        "No channel for messages is set up yet. Please ask an administrator.",
    ),
    "released_before": Refusal(
        "This interview's result was released already; a result goes out once.",
        "该面试的结果已经放行过，之后请直接与候选人沟通。",
        "This result has been released already. Please write to the candidate directly.",
    ),
    "culture_story_missing": Refusal(
        "The culture score is not low, no words were the reason, or there is no story for the value.",
        "没有可以附上的文化案例：得分不低，或没有对应的原话或案例。",
        "There is no culture story to add: the score is not low, or there are no words or no story for it.",
    ),
    "offer_open": Refusal(
        "This applicant has an open offer.",
        "该候选人已有一份进行中的录用。",
        "This candidate has an open offer already.",
    ),
    "offer_unknown": Refusal("No offer has this id.", "没有找到该录用。", "There is no such offer."),
    "offer_step_not_possible": Refusal(
        "The step does not follow from where the offer stands, or somebody moved it meanwhile.",
        "录用流程的当前状态不允许这一步，请刷新后再试。",
        "This step is not possible where the offer stands now. Please reload.",
    ),
    "callback_refused": Refusal(
        "Not signed by the system it claims to come from, or too old.",
        "回调的签名不匹配，或已过期。",
        "The callback is not signed as it should be, or is too old.",
    ),
    "wecom_unavailable": Refusal(
        "WeCom did not answer, or refused this server; the detail has its code and hint.",
        "企业微信暂时无法使用，请稍后再试，或使用密码登录。",
        "WeCom cannot be reached at the moment. Please try again later, or sign in with your password.",
        fault=Fault.NETWORK,
        retry=True,
    ),
    "recording_unknown": Refusal(
        "No such recording, or its signed link has run out.",
        "没有找到该录音录像，或链接已失效。",
        "There is no such recording, or its link has run out.",
    ),
    "person_unknown": Refusal("No person has this id.", "没有找到该人员。", "There is no such person."),
    "result_unknown": Refusal(
        "No interview result has this id.", "没有找到该面试结果。", "There is no such interview result."
    ),
    "not_found": Refusal("No such address.", "页面不存在。", "There is nothing at this address."),
    "report_not_ready": Refusal(
        "The interview is not over, or its report is still being made.",
        "报告尚未生成，请稍后再试。",
        "The report is not ready yet. Please try again in a moment.",
        retry=True,
        retry_after_s=30.0,
    ),
    "not_live": Refusal(
        "The interview is not held by a process just now: not begun, or over.",
        "该面试当前不在进行中。",
        "This interview is not live just now.",
    ),
    # Media
    "consent_missing": Refusal(
        "Media were offered before consent, or against it.",
        "在您同意之前，不会采集音视频。",
        "No sound or picture is taken before you have agreed to it.",
    ),
    "consent_outdated": Refusal(
        "The consent names another wording than the one that is asked for here.",
        "同意书内容已更新，请刷新页面，阅读后重新选择。",
        "The consent text has changed. Please reload the page, read it and choose again.",
    ),
    "sdp_invalid": Refusal(
        "The WHIP offer is not SDP that can be answered.",
        "浏览器发送的媒体信息无法识别，将改用备用方式连接。",
        "The media description from the browser was not understood; another way of connecting is used.",
    ),
    "no_audio": Refusal(
        "The offer has no audio that this side could take (WHIP) or give (WHEP).",
        "浏览器没有提供可用的音频，请检查麦克风，或改用文字作答。",
        "The browser offered no sound that could be used. Please check the microphone, or answer in writing.",
    ),
    "codec_unsupported": Refusal(
        "The offer has media, but neither Opus nor VP8.",
        "浏览器不支持所需的音视频格式，将改用备用方式连接。",
        "The browser does not speak the sound or picture format that is needed; another way of connecting is used.",
    ),
    "no_transport": Refusal(
        "The offer lacks ICE credentials or a DTLS fingerprint of SHA-256 or better.",
        "浏览器的连接信息不完整，将改用备用方式连接。",
        "The browser's connection details are not complete; another way of connecting is used.",
    ),
    "no_candidates": Refusal(
        "The peer named no address and says that none will follow: no network, or a relay that refused it.",
        "浏览器没有可用的网络地址，将改用备用方式连接。",
        "The browser found no network address to use; another way of connecting is used.",
    ),
    "media_type_unsupported": Refusal(
        "The body is of another type than this door takes; the detail names the one it takes.",
        "请求内容的类型不受支持。",
        "The body is of a type that is not taken here.",
    ),
    "precondition_required": Refusal(
        "A trickle PATCH came without If-Match; the detail names the session's ETag.",
        "音视频连接请求缺少必要的标识，正在重新建立连接。",
        "The request does not say which media session it belongs to; a new connection is made.",
    ),
    "precondition_failed": Refusal(
        "If-Match names another ICE session than the one that is there.",
        "该音视频连接已更新，正在重新建立连接。",
        "That media session is not the current one; a new connection is made.",
    ),
    "ice_restart_unsupported": Refusal(
        "A connection is not restarted but made anew: POST an offer again.",
        "该音视频连接不能恢复，正在重新建立连接。",
        "This media connection cannot be resumed; a new one is made.",
    ),
    "connection_unknown": Refusal(
        "No media connection has this id, or it has ended.",
        "该音视频连接不存在或已结束。",
        "There is no such media connection, or it has ended.",
    ),
    "media_unavailable": Refusal(
        "The server cannot take media just now.",
        "服务器暂时无法接收音视频，请稍后重试，或改用文字作答。",
        "The server cannot receive sound and picture just now. Try again soon, or answer in writing.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=5.0,
    ),
    "take_unknown": Refusal(
        "Sound for a take that is not open: it was never given, or its answer is closed for good.",
        "这段录音不属于任何仍在保存的回答。",
        "This sound belongs to no answer that is still being saved.",
    ),
    "take_conflict": Refusal(
        "The number holds other sound already; what was saved first stays.",
        "该编号已保存了不同的录音，以先保存的为准。",
        "Other sound is saved under this number already; what came first stays.",
    ),
    "take_invalid": Refusal(
        "A number or a time of a take that cannot be true: too far ahead, or overlapping its neighbours.",
        "录音的编号或时间不合理。",
        "The number or the time of this sound cannot be right.",
    ),
    "take_not_saved": Refusal(
        "Sound could not be made durable just now; nothing of it is acknowledged. Keep it and send it again.",
        "服务器暂时无法保存录音，请保持页面打开，稍后会自动重发，不会丢失。",
        "The server cannot save sound just now. Keep this page open: it is sent again by itself and nothing is lost.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=2.0,
    ),
    "camera_never_started": Refusal(
        "Video was announced and no picture ever came. The interview goes on without it.",
        "摄像头没有画面。面试可以继续，不影响结果。",
        "No picture came from the camera. The interview can go on without it, at no disadvantage.",
    ),
    # The server's own limits
    "server_full": Refusal(
        "Every slot is taken; nothing was started. ``place`` is one's place in the line.",
        "当前面试人数已满，请在 {retry_after_s:.0f} 秒后重试，您的邀请仍然有效。",
        "Every place is taken. Please try again in {retry_after_s:.0f} seconds; your invitation stays valid.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=30.0,
    ),
    "server_busy": Refusal(
        "There is room, but too many come in this very moment; ``place`` is one's place in the line.",
        "同时进入的人较多，请在 {retry_after_s:.0f} 秒后重试，系统会按顺序接入。",
        "Many people are joining just now. Please try again in {retry_after_s:.0f} seconds; you keep your turn.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=2.0,
    ),
    "engines_busy": Refusal(
        "Speech recognition is so late that no further interview begins; those that have begun go on. ``place`` is "
        "one's place in the line.",
        "语音识别系统目前繁忙，为保证面试质量，暂缓新的面试开始。请在 {retry_after_s:.0f} 秒后重试，您的顺序会保留。",
        "Speech recognition is at its limit just now, so no new interview begins. Please try again in "
        "{retry_after_s:.0f} seconds; you keep your turn.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=30.0,
    ),
    "owner_silent": Refusal(
        "The process that holds this interview does not answer; any other takes it over when its lease has run out.",
        "面试所在的服务器没有响应，将在约 {retry_after_s:.0f} 秒后由另一台服务器接管，您的进度已保存。",
        "The server of this interview does not answer. Another one takes over in about {retry_after_s:.0f} seconds; "
        "your progress is kept.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=8.0,
    ),
    "leases_unavailable": Refusal(
        "The processes cannot agree on who holds which interview just now, so none is begun or gone on with.",
        "服务器之间暂时无法协调，面试已暂停计时，请在 {retry_after_s:.0f} 秒后重试，已保存的内容不受影响。",
        "The servers cannot reach each other just now, so the interview stands still. It goes on by itself; next try "
        "in {retry_after_s:.0f} seconds. What was saved is kept.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=3.0,
    ),
    "draining": Refusal(
        "This server is being stopped; another one will answer.",
        "服务器正在更新，请在 {retry_after_s:.0f} 秒后重试，您的进度已保存。",
        "The server is being updated. Please try again in {retry_after_s:.0f} seconds; your progress is kept.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=10.0,
    ),
    "store_unavailable": Refusal(
        "Nothing can be kept durably just now, so nothing is accepted.",
        "服务器暂时无法保存数据，请在 {retry_after_s:.0f} 秒后重试，已保存的内容不受影响。",
        "The server cannot save just now. Please try again in {retry_after_s:.0f} seconds; what was saved is kept.",
        fault=Fault.SERVER,
        retry=True,
        retry_after_s=5.0,
    ),
    "internal": Refusal(
        "A mistake of the server's; it is in its log.",
        "服务器出现错误，请稍后重试。",
        "Something went wrong on our side. Please try again in a moment.",
        fault=Fault.SERVER,
        retry=True,
    ),
    # The wire
    "too_many_messages": Refusal(
        "Messages come faster than they can be taken; this one was not.",
        "操作过于频繁，请在 {retry_after_s:.0f} 秒后重试。",
        "That was too fast. Please try again in {retry_after_s:.0f} second(s).",
        retry=True,
        retry_after_s=1.0,
    ),
    "message_too_large": Refusal(
        "A text frame is over the limit.",
        f"消息过大，上限为 {MAX_MESSAGE_BYTES} 字节。",
        f"The message is too large; the limit is {MAX_MESSAGE_BYTES} bytes.",
    ),
    "request_slow": Refusal(
        "The body of an HTTP request did not arrive in time.",
        "请求数据未能及时送达，请检查网络后重试。",
        "The request did not arrive in time. Please check the network and try again.",
        fault=Fault.NETWORK,
        retry=True,
    ),
    "message_not_json": Refusal("A text frame is not JSON.", "消息不是有效的 JSON。", "The message is not valid JSON."),
    "message_invalid": Refusal(
        "JSON, but not a message of this protocol.",
        "消息不符合协议，请刷新页面后重试。",
        "This is not a message of this protocol. Reloading the page may help.",
    ),
    # Who may do what
    "not_signed_in": Refusal("No valid sign-in.", "请先登录。", "Please sign in first."),
    "not_allowed": Refusal(
        "Signed in, without the right to do this.", "您没有执行此操作的权限。", "You do not have the right to do this."
    ),
    "request_invalid": Refusal(
        "A field of an HTTP request is missing or wrong.",
        "请求内容有误，请检查后重新提交。",
        "The request is not valid. Please check it and send it again.",
    ),
    "position_invalid": Refusal(
        "A position model breaks a rule; the detail names file, line and rule.",
        "岗位模型不符合规则，请按提示修改。",
        "The position model breaks a rule. Please see the detail.",
    ),
    "blind_until_submitted": Refusal(
        "A member of the panel who has not handed in a scorecard asked for the report or the panel.",
        "您是本场面试的评委，请先提交评分表；提交后即可查看报告和其他评分。",
        "You are on this interview's panel. Please hand in your scorecard first; then you see the others.",
    ),
    "scorecard_invalid": Refusal(
        "A mark is missing, doubled or out of range; the detail names the competency.",
        "评分表有误或不完整，请检查后重新提交。",
        "The scorecard is not complete or not valid. Please see the detail.",
    ),
    "override_invalid": Refusal(
        "An override without a proper reason or value; the detail says which.",
        "更正无效：请填写理由（不少于 10 个字符）和 0 到 100 的分数。",
        "The override needs a reason of 10 characters and a value from 0 to 100. Please see the detail.",
    ),
    "override_conflict": Refusal(
        "Somebody else overrode the same report at the same moment; nothing was changed.",
        "其他人刚刚更正了同一份报告，请刷新后重试。",
        "Somebody else has just changed this report. Please look at it again.",
        retry=True,
    ),
    "import_unknown": Refusal("No import has this id.", "没有找到这次导入。", "There is no such import."),
    "import_state": Refusal(
        "The import is in a state in which this cannot be done; `detail` names it.",
        "这次导入目前不能执行该操作。",
        "This cannot be done with the import as it stands.",
    ),
    "import_file_gone": Refusal(
        "The file was kept for 90 days.",
        "原始文件已保留满 90 天并已删除，请重新上传。",
        "The file was kept for 90 days and is gone. Please upload it again.",
    ),
    "import_file_refused": Refusal(
        "Nothing of the file can be used; `detail` says why.",
        "这个文件无法使用，请按提示修改后重新上传。",
        "This file cannot be used. Please mend what is named and upload it again.",
    ),
    "mapping_unknown": Refusal("No mapping has this name.", "没有找到该映射。", "There is no such mapping."),
    "mapping_changed": Refusal(
        "The mapping was changed since the file was tried.",
        "试导入之后映射已被修改，请重新试导入。",
        "The mapping has changed since. Please try the file again.",
    ),
    "prediction_forbidden": Refusal(
        "The jurisdiction profile of this installation allows no predictions about people.",
        "按本地法规设置，此处不做任何关于个人的预测。",
        "Under the rules of this place no predictions about people are made.",
    ),
    "trial_unknown": Refusal("No trial has this id.", "没有找到该试用。", "There is no such trial."),
    "trial_over": Refusal(
        "The trial was decided; its figures stand.",
        "该试用已经作出结论，不能再更改。",
        "This trial has been decided; nothing in it can be changed any more.",
    ),
    "trial_gates_missed": Refusal(
        "A go was asked for while gates are missed or have no figures; `detail` names them.",
        "仍有门槛未达到或没有数据，不能作出“推广”的结论。",
        "Gates are missed or have no figures: the decision cannot be go.",
    ),
    "trial_raters_few": Refusal(
        "Fewer people may rate than every interview needs.",
        "评分人数不足，请增加评分人或减少每场面试的评分人数。",
        "There are too few raters. Please add raters, or ask for fewer on each interview.",
    ),
    "questionnaire_closed": Refusal(
        "No running trial asks this person.",
        "目前没有需要填写的问卷。",
        "There is no questionnaire to fill in at the moment.",
    ),
    "questionnaire_answered": Refusal(
        "This person has answered in this round.",
        "您已经填写过这份问卷，谢谢。",
        "You have answered this questionnaire already. Thank you.",
    ),
    "record_kind_unknown": Refusal(
        "There is no kind of record of this name, or it is one that only this system writes.",
        "没有这种档案类型，或该类型只能由本系统写入。",
        "There is no such kind of record, or only this system writes it.",
    ),
    "record_unknown": Refusal("No record has this id.", "没有找到该档案记录。", "There is no such record."),
    "person_unnamed": Refusal(
        "A record says neither an external id nor a name with an e-mail or phone: nobody can be recognised by it.",
        "无法识别人员：请提供员工编号，或姓名加邮箱或手机号。",
        "Nobody can be recognised: give the external id, or a name with an e-mail address or a phone number.",
    ),
    "application_unknown": Refusal(
        "The record names an application that this person has not made.",
        "该人员没有这份投递申请。",
        "This person has made no such application.",
    ),
    "field_keys_unavailable": Refusal(
        "What is sensitive can be neither encrypted nor shown: the master key is missing. Nothing was stored.",
        "加密密钥暂不可用，敏感数据未保存也未显示，请联系管理员。",
        "The encryption keys are not available; nothing was stored or shown. Please tell the administrator.",
        fault=Fault.SERVER,
        retry=True,
    ),
    "destination_unknown": Refusal(
        "No destination of this name is configured.",
        "配置中没有这个目的地。",
        "There is no destination of this name.",
    ),
    "position_version_taken": Refusal(
        "This version of the position is stored already with another content; a version never changes.",
        "该岗位的这一版本已经存在且内容不同，请提高版本号后再提交。",
        "This version of the position exists already with other content. Please raise the version and try again.",
    ),
    "interview_started": Refusal(
        "The candidate has joined already: what they are asked can no longer be changed.",
        "候选人已经进入面试，题目不能再调整。",
        "The candidate has joined the interview already; the questions can no longer be changed.",
    ),
    "sign_in_failed": Refusal(
        "User name and password do not fit. Never says which.",
        "用户名或密码错误。",
        "The user name or the password is not right.",
    ),
    "too_many_attempts": Refusal(
        "Too many failed sign-ins under one name from one place.",
        "尝试次数过多，请在 {retry_after_s:.0f} 秒后重试。",
        "Too many attempts. Please try again in {retry_after_s:.0f} seconds.",
        retry=True,
        retry_after_s=60.0,
    ),
    "method_not_allowed": Refusal(
        "The address exists, this HTTP method does not.", "不支持该请求方法。", "This cannot be done at this address."
    ),
    # The interview
    "wrong_phase": Refusal(
        "The message does not belong to the phase the interview is in, often a double click. Nothing changed.",
        "面试已进入其他环节，此操作未执行。",
        "The interview is at another step now; nothing was changed.",
    ),
    "interview_over": Refusal(
        "The interview has ended; nothing more is taken.", "面试已经结束。", "The interview is over."
    ),
    "question_not_current": Refusal(
        "The message names a question that is not on the screen.",
        "该题目已经结束，此操作未执行。",
        "That question is no longer open; nothing was changed.",
    ),
    "mode_not_offered": Refusal(
        "This answer cannot be given in that mode: by the plan, by consent or for want of a microphone.",
        "本题不能使用这种作答方式。",
        "This question cannot be answered in that way.",
    ),
    "devices_not_checked": Refusal(
        "``proceed`` came before any ``report_devices``.",
        "请先完成设备检查；没有麦克风也可以用文字作答。",
        "Please finish the device check first; without a microphone you can answer in writing.",
    ),
    "draft_too_long": Refusal(
        f"More than {MAX_DRAFT_CHARACTERS} characters of typed text; what was saved before is kept.",
        f"文字过长，上限为 {MAX_DRAFT_CHARACTERS} 字；此前保存的内容不受影响。",
        f"The text is too long; the limit is {MAX_DRAFT_CHARACTERS} characters. What was saved before is kept.",
    ),
    "note_too_long": Refusal(
        f"A note, reason or detail of more than {MAX_NOTE_CHARACTERS} characters.",
        f"说明过长，上限为 {MAX_NOTE_CHARACTERS} 字。",
        f"The note is too long; the limit is {MAX_NOTE_CHARACTERS} characters.",
    ),
    "too_many_notes": Refusal(
        "This interview has as many observations and calls for a human as are kept.",
        "提交的说明过多，新的内容不再记录；此前的内容已保存。",
        "Too many notes were sent; no more are kept, the earlier ones are.",
    ),
    "time_factor_invalid": Refusal(
        "A time factor must be a number above 0 and at most 10, or nothing for unlimited.",
        "时间系数须大于 0 且不超过 10，或留空表示不限时。",
        "A time factor lies above 0 and at most at 10, or is empty for unlimited time.",
    ),
    "extra_time_invalid": Refusal(
        "Extra time must be more than nothing and at most an hour.",
        "延长时间须大于 0 且不超过 1 小时。",
        "Extra time is more than nothing and at most one hour.",
    ),
    "no_timer_running": Refusal(
        "There is no countdown that could be extended.",
        "当前没有可以延长的计时。",
        "There is no countdown to extend just now.",
    ),
}


def refusal(code: str, *, retry_after_s: float | None = None, place: int | None = None) -> Refused:
    """The wire message for a code. ``retry_after_s``: sooner or later than the table says.

    Raises ``KeyError`` for a code that is not in the table: a mistake of ours, never something a peer can cause.
    """
    entry = REFUSALS[code]
    after_s = entry.retry_after_s if retry_after_s is None else retry_after_s
    message = Bilingual(zh=entry.zh.format(retry_after_s=after_s), en=entry.en.format(retry_after_s=after_s))
    return Refused(code=code, message=message, retry=entry.retry, fault=entry.fault, retry_after_s=after_s, place=place)


def table() -> str:
    """The table as Markdown, for ``docs/reference/errors.md``."""
    lines = ["| code | meaning | fault | retry | 中文 | English |", "|---|---|---|---|---|---|"]
    for code, entry in REFUSALS.items():
        retry = "no" if not entry.retry else f"after {entry.retry_after_s:.0f} s" if entry.retry_after_s else "yes"
        lines.append(f"| `{code}` | {entry.meaning} | {entry.fault} | {retry} | {entry.zh} | {entry.en} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
