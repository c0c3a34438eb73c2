"""A pre-submission of six papers on the weakest channel: from the menu to the receipt with digits and photos alone."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import segno
from PIL import Image
from sqlalchemy.orm import Session

from services.catalog import importing, store
from services.catalog.model import Paper, Source
from services.db.presubmissions import Presubmission
from services.presubmissions.drafts import read_form
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone
from tests.kit.photos import photo

RESIDENCE = "1.004194"
CARD = "001190123456||Nguyễn Thị Mận|01011990|Nữ|12 Phan Chu Trinh, Phường Cửa Nam, Thành phố Hà Nội|01012022"


def card_photo() -> bytes:
    """A photo of a card with the code on it."""
    code = io.BytesIO()
    segno.make(CARD, error="m", micro=False).save(code, kind="png", scale=7, border=4)
    picture = Image.new("RGB", (1600, 1000), (208, 216, 214))
    picture.paste(Image.open(code).convert("RGB"), (1050, 80))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def six_papers(session: Session, house: House) -> None:
    """The office imports a version with six papers and no questions."""
    version = store.load(session, RESIDENCE)
    assert version is not None
    record = msgspec.structs.replace(
        version.record, source=Source(), questions=(), methods=(), form_fields=(),
        papers=tuple(Paper(name=f"Giấy số {number} của bộ", originals=1) for number in range(1, 7)),
    )  # fmt: skip
    done = importing.import_lines(session, [(1, msgspec.json.encode(record))], house.clock.now(), origin="import")
    assert done.changed == 1


async def test_six_papers_from_the_menu_to_the_receipt(tmp_path: Path) -> None:
    clock = FakeClock()
    phone = Phone("zalo-bot", clock)
    house = await House.open(new_database("sqlite", tmp_path), tmp_path, {("phone", "default"): phone}, clock)

    async def types(text: str) -> str:
        assert text == "menu" or text.isdigit()
        clock.tick(seconds=5)
        before = len(phone.shown)
        await house.hears(phone, "1001", kind="text", text=text, at=int(clock.now().timestamp() * 1000))
        await house.settles()
        return "\n".join(message.text for message in phone.shown[before:])

    async def picks(label: str) -> str:
        asked = next(message for message in reversed(phone.shown) if message.choices)
        number = next(n for n, (_, shown) in enumerate(asked.choices, 1) if shown.startswith(label))
        return await types(str(number))

    async def sends(name: str, content: bytes) -> None:
        clock.tick(seconds=5)
        phone.files[name] = content
        await house.hears(
            phone, "1001", kind="file", files=[{"ref": name, "name": "anh.jpg", "media": "image/jpeg", "size": 9}]
        )
        await house.settles()

    try:
        await house.app.threads.write(lambda session: six_papers(session, house))
        await types("menu")
        await picks("Thủ tục hay được hỏi")
        await picks("Đăng ký tạm trú")
        await picks("Chuẩn bị hồ sơ")
        await picks("Đồng ý")
        await picks("Cho chính mình")
        await picks("Điền bằng ảnh căn cước")
        await picks("Đồng ý")
        await sends("card", card_photo())
        await picks("Đúng, điền giúp tôi")
        said = await types("0912345678")
        for number in range(1, 7):
            assert f"Giấy {number}/6" in said
            await sends(f"page-{number}", photo("good", number))
            said = await picks("Xong giấy này")
        assert "Xem lại bộ hồ sơ" in said
        said = await picks("Gửi để kiểm tra")
        assert "đã gửi" in said
        assert "Mã biên nhận" in said
        code = "CB-261120-0001"
        form = await house.app.threads.read(
            lambda session: read_form(house.app.keys, session.get_one(Presubmission, code))
        )
        assert (form["name"], form["id_number"]) == ("Nguyễn Thị Mận", "001190123456")
    finally:
        await house.close()
