"""Papers to read: made here, each the way that people's files are."""

import io
import zipfile
from collections.abc import Sequence

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from scoring.render.pdf_text import register_font

CHINESE = (
    "李明",
    "手机：138 0013 8000    邮箱：liming@example.com",
    "性别：男    出生年月：1995年6月    民族：汉    政治面貌：中共党员    婚姻状况：未婚",
    "教育背景",
    "2017.09 - 2020.06    上海财经大学    金融学    硕士",
    "2013.09 - 2017.06    浙江大学    经济学    本科",
    "工作经历",
    "2020.07 - 2023.03    招商银行杭州分行    客户经理",
    "负责高净值客户的资产配置，年新增客户120户。",
    "2023.04 - 至今    平安证券股份有限公司    投资顾问",
    "实习经历",
    "2019.07 - 2019.09    中信证券    研究助理",
    "技能证书",
    "CFA二级、证券从业资格、注册会计师（CPA，备考中）",
    "熟练使用 Excel、Python、SQL",
    "语言能力",
    "英语 CET-6（560分），普通话二级甲等",
)
ENGLISH = (
    "Emily Carter",
    "emily.carter@example.com | +44 7911 123456 | London",
    "Date of Birth: 12 March 1992   Nationality: British   Marital status: Single",
    "Professional Experience",
    "HSBC UK Bank plc, London",
    "Relationship Manager\tMar 2019 - Present",
    "Grew the portfolio by 30% in 2021 while keeping complaints low.",
    "Deloitte LLP — Audit Associate\tSep 2016 – Feb 2019",
    "Education",
    "University of Warwick, MSc Finance, 2014 - 2015",
    "2011 – 2014  University of Leeds, BA Economics, First Class",
    "Certifications",
    "CFA Level II candidate, ACCA",
    "Skills: Excel, SQL, Tableau",
    "Languages",
    "English (native), Mandarin (professional)",
)


def pdf(lines: Sequence[str] = CHINESE, *, pages: int = 1, password: str = "") -> bytes:
    written = io.BytesIO()
    locked = StandardEncryption(password, ownerPassword="owner") if password else None
    paper = canvas.Canvas(written, pagesize=(595, 842), encrypt=locked)
    for _ in range(pages):
        paper.setFont(register_font(), 11)
        for row, line in enumerate(lines):
            paper.drawString(50, 800 - 20 * row, line)
        paper.showPage()
    paper.save()
    return written.getvalue()


def word(lines: Sequence[str] = CHINESE, table: Sequence[Sequence[str]] = ()) -> bytes:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    if table:
        drawn = document.add_table(len(table), len(table[0]))
        for row, cells in zip(drawn.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def with_part(container: bytes, name: str, content: bytes) -> bytes:
    """The container with one part more, or with another content of it."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(container)) as before, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            if entry.filename != name:
                after.writestr(entry, before.read(entry))
        after.writestr(name, content)
    return written.getvalue()
