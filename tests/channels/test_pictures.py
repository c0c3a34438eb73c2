"""A checklist's picture on its way: as bytes, by its public address, or in words where no picture can go."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.profiles import PROFILES, ZALO_BOT
from bot.channels.telegram import TelegramChannel
from bot.channels.terminal import TerminalChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.connect import connected
from bot.dialog.values import Message, SendFile
from bot.layout import lay_out
from bot.pictures import picture_path
from bot.port import Limits, Page
from services.catalog import store
from services.catalog.checklist import Recipe
from tests.channels.subjects import Telegram, ZaloBot
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database, settings_for
from tests.kit.phone import Phone
from tests.web.place import Place, opened

WORDLESS = replace(ZALO_BOT.limits, photo=0)
PICTURE = SendFile("k", "giay-to.png", "image/png", "Danh sách", "Ở đây chưa gửi được ảnh.\n1) Tờ khai")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path) as made:
        yield made


async def _file(place: Place) -> SendFile:
    version = await place.read(lambda session: store.load(session, "1.004222"))
    key = Recipe.of("1.004222", version.id, {"cho_o": "nguoi_than"}, "vi").key()
    return SendFile(key, "giay-to-1.004222.png", "image/png", "Danh sách giấy tờ")


class Wordless(Phone):
    """A phone on a platform that carries no pictures."""

    @property
    def limits(self) -> Limits:
        """The platform's limits, without pictures."""
        return WORDLESS


def _is_picture(data: bytes) -> bool:
    return Image.open(io.BytesIO(data)).size[0] == 1080


async def test_telegram_gets_the_bytes(place: Place) -> None:
    subject = Telegram()
    async with subject.twin() as twin:
        channel = subject.channel(twin.url, files=place.house.app.pictures.png)
        assert isinstance(channel, TelegramChannel)
        try:
            file = await _file(place)
            (page,) = channel.lay_out(Message(file.caption, file=file))
            await channel.send(subject.chat, page)
        finally:
            await channel.stop()
        got = twin.last(101)
        assert (got.method, got.text) == ("sendPhoto", "Danh sách giấy tờ")
        assert got.file is not None
        assert _is_picture(got.file.data)


async def test_zalo_bot_fetches_it_from_the_web(place: Place) -> None:
    subject = ZaloBot()
    async with subject.twin() as twin:
        channel = subject.channel(twin.url, file_url=lambda key: place.url + picture_path(key))
        assert isinstance(channel, ZaloBotChannel)
        try:
            file = await _file(place)
            (page,) = channel.lay_out(Message(file.caption, file=file))
            await channel.send(subject.chat, page)
            await twin.until(lambda: len(twin.pictures) == 1)
        finally:
            await channel.stop()
        assert all(_is_picture(data) for data in twin.pictures.values())
        looked = [(fetch.verb, fetch.status) for fetch in twin.photo_fetches]
        assert ("HEAD", 200) in looked
        assert {status for _, status in looked} == {200}


@pytest.mark.parametrize(("public", "carries"), [("https://motcua.example.vn/", True), ("", False)])
async def test_whether_zalo_bot_carries_pictures_hangs_on_the_public_address(
    tmp_path: Path, public: str, carries: bool
) -> None:
    settings = settings_for("sqlite://", tmp_path, zalo_bot_token="1:x", public_url=public)
    channel = connected(settings)["zalo-bot", "default"]
    try:
        assert bool(channel.limits.photo) is carries
        (page,) = channel.lay_out(Message(PICTURE.caption, file=PICTURE))
        assert (page.file is not None) is carries
        assert page.text == (PICTURE.caption if carries else PICTURE.instead)
    finally:
        await channel.stop()


def test_where_no_picture_goes_its_words_do() -> None:
    assert lay_out(Message(PICTURE.caption, file=PICTURE), WORDLESS) == [Page(PICTURE.instead or "")]
    assert lay_out(Message("Danh sách", file=replace(PICTURE, instead=None)), WORDLESS) == [Page("Danh sách")]
    assert lay_out(Message("Ảnh 2/2", file=replace(PICTURE, instead="")), WORDLESS) == []
    paper = replace(PICTURE, media="application/pdf")
    assert lay_out(Message("Danh sách", file=paper), WORDLESS)[0].file is not None
    for profile in PROFILES.values():
        (page,) = lay_out(Message(PICTURE.caption, file=PICTURE), profile.limits)
        assert page.file is not None


async def test_a_terminal_prints_the_name() -> None:
    printed: list[str] = []
    channel = TerminalChannel("web", printed.append)
    (page,) = channel.lay_out(Message(PICTURE.caption, file=PICTURE))
    await channel.send("terminal", page)
    assert printed == ["Danh sách\n(giay-to.png)\n"]


async def test_a_person_without_pictures_reads_the_whole_list_again(tmp_path: Path) -> None:
    clock = FakeClock()
    phone = Wordless("zalo-bot", clock)
    house = await House.open(new_database("sqlite", tmp_path), tmp_path, {("phone", "default"): phone}, clock)
    try:
        for said in ("1.001193", "giấy tờ cần có", "1", "1", "1", "gửi ảnh danh sách"):
            clock.tick(seconds=5)
            at = int(clock.now().timestamp() * 1000)
            await house.hears(phone, "1", kind="text", text=said, at=at)
            await house.settles()
    finally:
        await house.close()
    texts = [page.full_text() for _, page in phone.pages]
    assert all(page.file is None for _, page in phone.pages)
    again = [text for text in texts if text.startswith("Ở đây chưa gửi được ảnh.")]
    assert len(again) == 1, "said once, however many pictures there would be"
    for paper in ("Tờ khai đăng ký khai sinh", "Giấy chứng sinh", "nơi cư trú"):
        assert paper in again[0]
    assert texts[-1].startswith("Ông/Bà cần biết thêm phần nào?")
