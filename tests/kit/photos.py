"""Small real files as people send them: photos of a paper, good and bad, drawn when a test first asks for them."""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from services.catalog.typeface import font

_SIZE = (1240, 1754)


@lru_cache(64)
def photo(kind: str, number: int = 1) -> bytes:
    """A JPEG of a page of print lying on a table: `good`, `blurred`, `dark` or `small`. Each `number` is another page.

    Raises ValueError for another kind.
    """
    page = _page(number)
    match kind:
        case "good":
            shown = page
        case "blurred":
            shown = page.filter(ImageFilter.GaussianBlur(9))
        case "dark":
            shown = ImageEnhance.Brightness(page).enhance(0.12)
        case "small":
            shown = page.resize((_SIZE[0] // 5, _SIZE[1] // 5))
        case _:
            raise ValueError(f"no photo is {kind}")
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=85)
    return out.getvalue()


@lru_cache(64)
def pdf(pages: int, number: int = 1) -> bytes:
    """A PDF of so many pages."""
    drawn = [_page(number * 100 + page).convert("L").resize((620, 877)) for page in range(pages)]
    out = io.BytesIO()
    drawn[0].save(out, "PDF", save_all=True, append_images=drawn[1:])
    return out.getvalue()


_TEXT = (
    "cộng hoà xã hội chủ nghĩa việt nam độc lập tự do hạnh phúc giấy tờ họ tên ngày tháng năm nơi cấp số đăng ký "
    "người khai địa chỉ thường trú quốc tịch dân tộc ghi chú căn cứ theo quy định của pháp luật uỷ ban nhân dân"
)


def _page(number: int) -> Image.Image:
    made = random.Random(number)
    wide, high = _SIZE
    picture = Image.new("RGB", _SIZE, (96, 84, 72))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((70, 70, wide - 70, high - 70), fill=(244, 242, 236))
    plain, heavy = font("Regular", 30), font("Bold", 44)
    down = 150
    while down < high - 200:
        large = made.random() < 0.15
        words = " ".join(made.choice(_TEXT.split()) for _ in range(made.randint(3, 9)))
        draw.text((140, down), words.upper() if large else words, font=heavy if large else plain, fill=(28, 28, 32))
        down += 62 if large else made.choice((46, 50, 64))
    draw.ellipse((wide - 420, high - 480, wide - 200, high - 260), outline=(170, 30, 40), width=8)
    return picture
