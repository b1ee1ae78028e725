"""Why something was not delivered, for the person who looks at it, and what they can do. One table, both languages.

The codes are those that ``ehr_bridge`` raises; an adapter may have its own, which are told with their detail.
"""

from dataclasses import dataclass

from ehr_bridge.canonical import Label


@dataclass(frozen=True, slots=True)
class Reason:
    """``what`` happened, ``todo``: what to do about it."""

    what: Label
    todo: Label


_WAIT = Label("系统会自动重试，恢复后按顺序补发，无需操作。", "It is tried again by itself; nothing has to be done.")
_REPLAY = Label("修正后在此页重发。", "Repair it there, then replay it here.")
_SETTINGS = Label("请管理员检查该目的地的配置，然后重发。", "Check this destination's settings, then replay.")
_OURS = Label("这是本系统的缺陷，请联系支持人员。", "This is a defect of this system: please report it.")


def _reason(zh: str, en: str, todo: Label) -> Reason:
    return Reason(Label(zh, en), todo)


REASONS: dict[str, Reason] = {
    "ehr_database": _reason("内置员工系统的数据库暂时不可用", "The database of the EHR inside is away", _WAIT),
    "destination_timeout": _reason("对方系统没有按时应答", "The other system did not answer in time", _WAIT),
    "destination_broken": _reason("与对方系统通信时发生意外错误", "The exchange failed in an unforeseen way", _WAIT),
    "destination_busy": _reason("对方系统繁忙，要求稍后再试", "The other system is busy and asks to wait", _WAIT),
    "destination_error": _reason("对方系统内部出错", "The other system reports an error of its own", _WAIT),
    "destination_unreachable": _reason("无法连接对方系统", "The other system cannot be reached", _WAIT),
    "destination_name_unknown": _reason(
        "找不到对方系统的域名",
        "The other system's name does not resolve",
        Label("请检查网址与 DNS；系统会继续自动重试。", "Check the URL and the DNS; it goes on trying."),
    ),
    "destination_cut_off": _reason("连接在应答完成前中断", "The connection broke before the whole answer", _WAIT),
    "destination_certificate_invalid": _reason(
        "对方系统的证书无效",
        "The other system's certificate is not valid",
        Label("请对方更新证书，或将其签发机构加入信任。", "Have it renewed, or trust its authority (SSL_CERT_FILE)."),
    ),
    "destination_answers_html": _reason(
        "对方返回网页而不是数据（多为登录页或维护页）", "It answers with a web page where data was promised", _WAIT
    ),
    "destination_answer_not_json": _reason("对方返回的数据无法读取", "It answers with data that cannot be read", _WAIT),
    "destination_answer_unreadable": _reason("对方的应答被压缩，无法读取", "It answers compressed, unasked", _WAIT),
    "destination_answer_too_large": _reason(
        "对方的应答过大，已中断读取", "Its answer is too large and was cut off", _REPLAY
    ),
    "destination_redirects": _reason(
        "对方把请求转到另一个地址，未跟随",
        "It redirects to another address, which was not followed",
        Label("请在配置中填写新地址，然后重发。", "Put the new address into the settings, then replay."),
    ),
    "destination_refuses_key": _reason(
        "对方不接受我们的凭证",
        "It does not accept our key",
        Label("请更新该目的地的凭证；系统会继续自动重试。", "Renew the key; it goes on trying."),
    ),
    "destination_path_unknown": _reason("该地址在对方系统中不存在", "There is nothing at this address", _SETTINGS),
    "destination_refuses": _reason("对方拒绝了这条记录", "It refuses this record", _REPLAY),
    "destination_unknown": _reason("配置中没有这个目的地", "No destination of this name is configured", _SETTINGS),
    "destination_gone": _reason(
        "对方的 Webhook 已停止接收（410）",
        "The receiver of this webhook takes no more events (410)",
        Label("请在目的地配置中停用它，或让对方恢复后重发。", "Turn it off, or have it put up again and replay."),
    ),
    "order_unknown": _reason("该面试不是由此系统发起的", "This system did not order the interview", _OURS),
    "odoo_job_unknown": _reason(
        "Odoo 中没有唯一对应的职位", "Odoo has no job, or several, of this position's title", _SETTINGS
    ),
    "odoo_employee_missing": _reason("Odoo 没有生成员工档案", "Odoo made no employee of the applicant", _REPLAY),
    "feishu_application_missing": _reason(
        "缺少飞书的外部投递 ID",
        "The applicant has no application id of Feishu Hire",
        Label("请在候选人的外部编号中填写后重新评分。", "Enter it as the applicant's external id, then score again."),
    ),
    "frappe_email_missing": _reason(
        "Frappe HR 要求填写电子邮箱",
        "Frappe HR wants an e-mail address",
        Label("请为候选人补充邮箱后重新评分。", "Enter the applicant's e-mail address, then score again."),
    ),
    "drop_folder_unusable": _reason("文件交换目录无法使用", "The folder of the file drop cannot be used", _WAIT),
    "drop_numbers_contended": _reason("文件编号被同时占用", "The next file numbers were all being taken", _WAIT),
    "drop_name_unsafe": _reason("文件名不安全", "A file's name is not safe", _OURS),
    "drop_file_too_large": _reason("文件过大", "A file in the folder is too large", _REPLAY),
    "egress_url_invalid": _reason("目的地网址无效", "The destination's URL cannot be used", _SETTINGS),
    "egress_not_encrypted": _reason(
        "目的地网址未加密（http）",
        "The destination's URL is not encrypted (http)",
        Label("请改用 https，或由管理员在 VIVA_EGRESS_PLAIN 中允许。", "Use https, or allow it in VIVA_EGRESS_PLAIN."),
    ),
    "egress_address_refused": _reason(
        "目的地位于内网或受限地址，未获允许",
        "The destination lies in a private network that is not allowed",
        Label("如确属本单位系统，请在 VIVA_EGRESS_ALLOW 中加入。", "If it is yours, name it in VIVA_EGRESS_ALLOW."),
    ),
    "egress_header_invalid": _reason("请求头含有不允许的字符", "A header holds characters that it may not", _SETTINGS),
    "kind_unknown": _reason("对方不接收这类记录", "It takes no records of this kind", _SETTINGS),
    "payload_invalid": _reason("记录内容无法读取", "The record cannot be read", _OURS),
    "report_damaged": _reason("报告内容与校验值不符", "The report does not match its checksum", _OURS),
}


def reason(code: str) -> Reason:
    """Of a code that is not in the table: that it was refused, under that code."""
    return REASONS.get(code) or _reason(f"未送达（{code}）", f"Not delivered ({code})", _REPLAY)
