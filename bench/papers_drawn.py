"""Papers to photograph: forms, typed pages, certificates and identity cards, drawn; of people who do not exist."""

from __future__ import annotations

import io
import random
from functools import lru_cache
from importlib.resources import files

import segno
from PIL import Image, ImageDraw, ImageFont

_PROSE = (
    "căn cứ luật hộ tịch và các văn bản hướng dẫn thi hành ủy ban nhân dân xã xác nhận nội dung sau đây là đúng "
    "sự thật người yêu cầu cam đoan những lời khai trên và chịu trách nhiệm trước pháp luật về lời khai của mình "
    "kính gửi công an phường nơi thường trú hiện nay của hộ gia đình ông bà đã đăng ký kết hôn tại địa phương "
    "theo quy định trong thời hạn ba ngày làm việc kể từ ngày nhận đủ giấy tờ hợp lệ bản sao trích lục khai sinh "
    "được cấp cho cá nhân có yêu cầu mức lệ phí do hội đồng nhân dân tỉnh quyết định thửa đất số tờ bản đồ diện "
    "tích mục đích sử dụng nguồn gốc chuyển nhượng quyền sở hữu nhà ở tài sản khác gắn liền với đất giấy phép "
    "kinh doanh ngành nghề vốn điều lệ chủ hộ số điện thoại dân tộc quốc tịch nơi sinh quê quán giới tính họ và "
    "tên chữ đệm ngày tháng năm cấp cơ quan ký đóng dấu chức danh "
)
_WORDS = tuple(_PROSE.split())
_FIELDS = (
    "Họ, chữ đệm, tên", "Ngày, tháng, năm sinh", "Nơi cư trú", "Số định danh cá nhân",
    "Quan hệ với người được khai sinh", "Dân tộc", "Quốc tịch", "Nơi sinh", "Quê quán", "Giấy tờ tùy thân",
    "Số điện thoại liên hệ", "Đề nghị cấp bản sao",
    "Số lượng", "Lý do", "Thửa đất số", "Diện tích", "Tên hộ kinh doanh", "Địa điểm kinh doanh",
)  # fmt: skip
_TITLES = (
    "TỜ KHAI ĐĂNG KÝ KHAI SINH", "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN", "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP",
    "PHIẾU LÝ LỊCH TƯ PHÁP", "GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", "THÔNG BÁO NỘP LỆ PHÍ", "TRÍCH LỤC KHAI SINH",
    "HỢP ĐỒNG ỦY QUYỀN",
)  # fmt: skip
_FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Nông", "Lò", "Giàng", "Đỗ", "Bế")
_MIDDLE_NAMES = ("Thị", "Văn", "Hữu", "Ngọc", "Minh", "Thùy", "Đức", "Quỳnh", "Thế")
_GIVEN_NAMES = ("An", "Bình", "Hạnh", "Dũng", "Mỹ", "Hằng", "Kiên", "Lượng", "Ngân", "Phượng", "Tuấn", "Yến")
_PLACES = ("Thôn Nà Khoang, Đồng Hỷ, Thái Nguyên", "Tổ 5, Bảo Lạc, Cao Bằng", "Xóm Đông, Nghĩa Hưng, Ninh Bình",
           "Khóm 3, Tân Thành, Cà Mau", "Thôn Nặm Đăm, Quản Bạ, Tuyên Quang")  # fmt: skip
_MACHINE_FONTS = ("DejaVuSerif.ttf", "DejaVuSans.ttf", "DejaVuSerif-Italic.ttf", "LiberationSerif-Regular.ttf")
_OWN_WEIGHTS = ("Regular", "Medium", "Light", "Italic", "MediumItalic", "SemiBold")


@lru_cache(maxsize=256)
def letters(face: str, size: int) -> ImageFont.FreeTypeFont:
    """A weight of the project's typeface, or a font file of the machine (the project's own where it has none)."""
    if face.endswith(".ttf"):
        try:
            return ImageFont.truetype(face, size)
        except OSError:
            face = "Regular"
    path = files("fontpkg_be_vietnam_pro") / "files" / f"BeVietnamPro-{face}.ttf"
    return ImageFont.truetype(io.BytesIO(path.read_bytes()), size)


def person(rng: random.Random) -> str:
    """A name."""
    return f"{rng.choice(_FAMILY_NAMES)} {rng.choice(_MIDDLE_NAMES)} {rng.choice(_GIVEN_NAMES)}"


def card_text(rng: random.Random) -> str:
    """The text of the QR of an identity card."""
    year, day, month = rng.randint(1950, 2007), rng.randint(1, 28), rng.randint(1, 12)
    woman = rng.random() < 0.5
    sex = (1 if woman else 0) + (2 if year >= 2000 else 0)
    number = f"0{rng.choice(('01', '19', '04', '36', '96', '02'))}{sex}{year % 100:02}{rng.randint(0, 999999):06}"
    old = f"{rng.randint(10**8, 10**9 - 1)}" if rng.random() < 0.5 else ""
    parts = [
        number, old, person(rng), f"{day:02}{month:02}{year}", "Nữ" if woman else "Nam", rng.choice(_PLACES),
        f"{rng.randint(1, 28):02}{rng.randint(1, 12):02}{rng.randint(2021, 2026)}",
    ]  # fmt: skip
    if rng.random() < 0.3:
        parts += ["", "", person(rng), person(rng), ""]
    return "|".join(parts)


def _sentence(rng: random.Random, words: int) -> str:
    text = " ".join(rng.choice(_WORDS) for _ in range(words))
    return text[0].upper() + text[1:] + rng.choice((".", ";", ","))


def _paragraph(
    pen: ImageDraw.ImageDraw, rng: random.Random, y: int, face: str, size: int, ink: str, box: tuple[int, int]
) -> int:
    """Justified or ragged lines between two x; returns the y below."""
    font, line, x = letters(face, size), "", box[0] + size * 2
    for word in _sentence(rng, rng.randint(18, 60)).split():
        if x + font.getlength(f"{line} {word}") > box[1]:
            pen.text((x, y), line, ink, font)
            y, line, x = y + round(size * 1.5), word, box[0]
        else:
            line = f"{line} {word}".strip()
    pen.text((x, y), line, ink, font)
    return y + round(size * 1.9)


def _heading(pen: ImageDraw.ImageDraw, rng: random.Random, width: int, face: str, size: int, ink: str) -> int:
    middle = width // 2
    pen.text((middle, 90), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", ink, letters("SemiBold", size), anchor="mm")
    pen.text((middle, 90 + size * 3 // 2), "Độc lập - Tự do - Hạnh phúc", ink, letters("Medium", size), anchor="mm")
    pen.line((middle - 150, 90 + size * 5 // 2, middle + 150, 90 + size * 5 // 2), ink, 2)
    pen.text((middle, 90 + size * 5), rng.choice(_TITLES), ink, letters("Bold", size * 3 // 2), anchor="mm")
    return 90 + size * 7


def page(rng: random.Random) -> Image.Image:
    """An A4 page: a form with dotted lines, a typed letter, or a certificate on tinted paper."""
    width, height = 1240, 1754
    tint = rng.choice(((255, 255, 255), (252, 250, 244), (247, 249, 252), (250, 246, 230)))
    sort = rng.choice(("form", "form", "typed", "typed", "certificate"))
    if sort == "certificate":
        tint = rng.choice(((248, 232, 236), (228, 240, 248), (246, 240, 214)))
    sheet = Image.new("RGB", (width, height), tint)
    pen, ink = ImageDraw.Draw(sheet), rng.choice(("#111111", "#1d1d22", "#1a1a3a", "#303030"))
    face = rng.choice((*_OWN_WEIGHTS, *_MACHINE_FONTS))
    size, left, right = rng.randint(20, 30), rng.randint(90, 140), width - rng.randint(80, 120)
    y = _heading(pen, rng, width, face, size, ink)
    bottom = height - rng.choice((330, 330, 420, 800))
    while y < bottom:
        if sort == "typed" or rng.random() < 0.15:
            y = _paragraph(pen, rng, y, face, size, ink, (left, right))
            continue
        label = rng.choice(_FIELDS) + ": "
        pen.text((left, y), label, ink, letters(face, size))
        x = left + letters(face, size).getlength(label)
        if rng.random() < 0.6:
            hand = letters(rng.choice(("Italic", "LightItalic", "MediumItalic")), size + 2)
            pen.text((x + 8, y - 3), person(rng) if rng.random() < 0.5 else _sentence(rng, 4), "#1c2f8c", hand)
        if sort == "form":
            dots = "." * max(0, int((right - x) / letters(face, size).getlength(".")))
            pen.text((x, y + 3), dots, "#555555", letters(face, size))
        y += round(size * 1.8)
    if rng.random() < 0.3 and sort == "form" and y < height - 500:
        for row in range(4):
            pen.rectangle((left, y + row * 46, right, y + row * 46 + 46), outline=ink, width=2)
            pen.text((left + 16, y + row * 46 + 8), _sentence(rng, 4), ink, letters(face, size - 2))
    foot = height - 260
    pen.text((right - 260, foot), "Người khai", ink, letters("SemiBold", size), anchor="mm")
    pen.text((right - 260, foot + 150), person(rng), ink, letters("Italic", size), anchor="mm")
    if rng.random() < 0.5:
        pen.ellipse((right - 420, foot + 10, right - 240, foot + 190), outline="#c03038", width=5)
        pen.ellipse((right - 395, foot + 35, right - 265, foot + 165), outline="#c03038", width=3)
    if sort == "certificate":
        pen.rectangle((40, 40, width - 40, height - 40), outline="#a05060", width=5)
    return sheet


def qr(text: str, module: int) -> Image.Image:
    """A QR as it stands on a card, with its quiet zone."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(out, kind="png", scale=module, border=3)
    return Image.open(out).convert("RGB")


def card(rng: random.Random, text: str = "") -> Image.Image:
    """The front of an identity card, 2,020 x 1,276 pixels: QR at the top right, a face at the left."""
    width, height = 2020, 1276
    sheet = Image.new("RGB", (width, height), rng.choice(("#d7e6ea", "#e3ecd9", "#dfe4ee", "#eadfd8")))
    pen = ImageDraw.Draw(sheet)
    for wave in range(0, height, 26):
        pen.arc((-400, wave - 300, width + 400, wave + 300), 200, 340, "#c6d6d6", 3)
    ink, text = "#232a33", text or card_text(rng)
    fields = text.split("|")
    pen.ellipse((90, 70, 290, 270), fill="#c8402f")
    pen.text((1010, 90), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", ink, letters("Bold", 46), anchor="mm")
    pen.text((1010, 150), "Độc lập - Tự do - Hạnh phúc", ink, letters("Medium", 42), anchor="mm")
    pen.text((960, 250), "CĂN CƯỚC CÔNG DÂN", "#b03428", letters("Bold", 64), anchor="mm")
    code = qr(text, 8).resize((360, 360), Image.Resampling.NEAREST)
    sheet.paste(code, (width - 360 - 70, 60))
    pen.rectangle((90, 420, 570, 1060), fill="#b9c6d2")
    pen.ellipse((220, 500, 440, 800), fill="#c79f86")
    pen.pieslice((130, 800, 530, 1300), 180, 360, fill="#34435e")
    pen.rectangle((90, 1061, 570, 1300), fill=sheet.getpixel((5, 5)))
    rows = (f"Số: {fields[0]}", f"Họ và tên: {fields[2].upper()}", f"Ngày sinh: {fields[3]}", f"Giới tính: {fields[4]}",
            "Quốc tịch: Việt Nam", f"Quê quán: {fields[5]}", "Nơi thường trú:", fields[5])  # fmt: skip
    for row, words in enumerate(rows):
        pen.text((640, 440 + row * 96), words, ink, letters("Bold" if row < 2 else "Medium", 56 if row == 0 else 48))
    pen.text((90, 1120), "Có giá trị đến: 01/01/2040", ink, letters("Medium", 34))
    return sheet
