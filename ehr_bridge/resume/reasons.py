"""Why a file could not be read, or not all of it: one code each, with words for the person who sent it.

A refusal says what was wrong and what to do. Nothing that was sent is thrown away for it: HR still sees the file's
record and may enter the facts by hand.
"""

from dataclasses import dataclass

MAX_FILE_BYTES = 6 * 1024 * 1024
MAX_PAGES = 20
MAX_PIXELS = 40_000_000
MIN_SIDE_PX = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """``retry``: the same file may be read another time."""

    zh: str
    en: str
    retry: bool = False


REASONS: dict[str, Reason] = {
    "resume_empty": Reason(
        "文件是空的，请重新选择文件上传。",
        "The file is empty. Please choose the file again.",
    ),
    "resume_too_large": Reason(
        f"文件过大，上限为 {MAX_FILE_BYTES // 1024 // 1024} MB。请压缩图片后重试。",
        f"The file is too large (limit {MAX_FILE_BYTES // 1024 // 1024} MB). Please send it with smaller pictures.",
    ),
    "too_many_files": Reason(
        "已上传的简历份数达到上限，请联系招聘方。",
        "As many résumés were sent as can be taken. Please contact the employer.",
    ),
    "not_a_document": Reason(
        "这不是可以识别的简历文件。请上传 PDF、Word（.docx）或图片（PNG、JPEG、WebP）。",
        "This cannot be read. Please send a PDF, a Word file (.docx) or a picture (PNG, JPEG, WebP).",
    ),
    "legacy_word": Reason(
        "这是旧版 Word 文件（.doc）。请在 Word 中另存为 .docx 或 PDF 后上传。",
        "This is an old Word file (.doc). Please save it as .docx or PDF and send that.",
    ),
    "macros": Reason(
        "文件含有宏，出于安全原因不会打开。请另存为 .docx 或 PDF 后上传。",
        "The file contains macros and is not opened for safety. Please save it as .docx or PDF and send that.",
    ),
    "password_protected": Reason(
        "文件有密码保护，无法打开。请去掉密码后重新上传。",
        "The file is protected by a password. Please remove the password and send it again.",
    ),
    "too_many_pages": Reason(
        f"文件超过 {MAX_PAGES} 页，不像一份简历。请只上传简历部分。",
        f"The file has more than {MAX_PAGES} pages. Please send only the résumé.",
    ),
    "expands_too_far": Reason(
        "文件解压后异常庞大，出于安全原因不会打开。请重新导出为 PDF 后上传。",
        "The file unpacks to far too much and is not opened for safety. Please export it as a PDF.",
    ),
    "image_too_small": Reason(
        f"图片过小（每边至少 {MIN_SIDE_PX} 像素），文字无法辨认。请上传更清晰的图片。",
        f"The picture is too small to read (at least {MIN_SIDE_PX} pixels a side). Please send a sharper one.",
    ),
    "image_too_large": Reason(
        f"图片尺寸过大（上限 {MAX_PIXELS // 1_000_000} 百万像素）。请缩小后上传。",
        f"The picture is too large (more than {MAX_PIXELS // 1_000_000} megapixels). Please make it smaller.",
    ),
    "document_broken": Reason(
        "文件已损坏，无法读取。请重新导出后上传。",
        "The file is damaged and cannot be read. Please export it again and send that.",
    ),
    "no_text": Reason(
        "文件中没有找到文字。请确认上传的是简历。",
        "No text was found in the file. Please make sure that it is the résumé.",
    ),
    "scan_not_readable": Reason(
        "这是扫描件或图片，而本系统未安装文字识别组件。请上传带文字的 PDF 或 Word 文件，或由招聘人员对照原件手工填写。",
        "This is a scan, and this server has no text recognition installed. Please send a PDF with text or a Word"
        " file, or HR enters the facts by hand beside the picture.",
    ),
    "reading_took_too_long": Reason(
        "读取文件超时，已停止。请重新导出为较简单的 PDF 后上传。",
        "Reading the file took too long and was stopped. Please export it as a plainer PDF and send that.",
    ),
    "reading_needed_too_much": Reason(
        "读取文件所需内存过大，已停止。请重新导出为较简单的 PDF 后上传。",
        "Reading the file needed too much memory and was stopped. Please export it as a plainer PDF and send that.",
    ),
    "reader_crashed": Reason(
        "读取程序遇到这个文件时异常退出，其他文件不受影响。请重新导出为 PDF 后上传。",
        "The reader broke off at this file; others are not affected. Please export it as a PDF and send that.",
        retry=True,
    ),
}

NOTES: dict[str, Reason] = {
    "wrong_extension": Reason(
        "文件扩展名与内容不符，已按实际内容读取。",
        "The file's name says another type than its content; it was read as what it is.",
    ),
    "pages_not_readable": Reason(
        "部分页面是扫描图片，未能识别文字，请对照原件补充。",
        "Some pages are scans whose text could not be read. Please complete the facts beside the picture.",
    ),
    "pages_recognised": Reason(
        "部分页面是扫描图片，文字由机器识别，可能有误。",
        "Some pages are scans; their text was recognised by a machine and may contain mistakes.",
    ),
}


class Unreadable(Exception):
    """A file that cannot be read. ``code`` is one of ``REASONS``; it is the sender's to mend, except a crash."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = REASONS[code]
        self.retry = self.reason.retry
        self.fault = "server" if code == "reader_crashed" else "client"
