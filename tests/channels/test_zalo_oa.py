"""Sending to an Official Account over real HTTP: choices, lengths, files, the window of seven days."""

from __future__ import annotations

import asyncio
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialog.values import Message, SendFile
from bot.port import Page, SendFailed
from tests.channels.oa_place import PDF, USER, Place, opened, started
from tests.channels.test_layout import MESSAGES
from tests.twins import Fault
from tests.twins.zalo_oa import CONSULT

THREE = (("7:0", "Lệ phí"), ("7:1", "Giấy tờ cần có"), ("7:b", "Quay lại"))


async def test_choices_as_a_numbered_list_or_as_buttons(place: Place) -> None:
    plain, rich = await started(place), await started(place, buttons=True)
    message = Message("Ông/Bà muốn biết gì?", THREE, 7)
    for channel in (plain, rich):
        for page in channel.lay_out(message):
            receipt = await channel.send(USER, page)
            assert (receipt.message_id, receipt.at_ms) == (
                place.twin.last(USER).message_id, int(place.clock.now().timestamp() * 1000),
            )  # fmt: skip
    listed, buttoned = place.twin.sent(USER)
    assert listed.text == "Ông/Bà muốn biết gì?\n\n1. Lệ phí\n2. Giấy tờ cần có\n0. Quay lại"
    assert (buttoned.text, [button["type"] for button in place.twin.buttons(buttoned.message_id)]) == (
        "Ông/Bà muốn biết gì?", ["oa.query.hide"] * 3,
    )  # fmt: skip
    tap = await rich.hear(place.twin.user_taps_label(USER, "Giấy tờ cần có"))
    assert tap is not None
    assert (tap.kind, tap.tap) == ("tap", "7:1")
    six = Message("Chọn:", tuple((f"8:{n}", f"Mục {n}") for n in range(6)), 8)
    assert all(not page.buttons for page in rich.lay_out(six))
    old_page = rich.lay_out(message)[0]  # laid out while the account might send buttons
    await plain.send(USER, old_page)
    assert place.twin.last(USER).text == listed.text


async def test_lengths_are_measured_after_composition(place: Place) -> None:
    channel = await started(place)
    text = unicodedata.normalize("NFD", "ế" * 1990)
    (page,) = channel.lay_out(Message(text))
    await channel.send(USER, page)
    assert place.twin.last(USER).text == "ế" * 1990
    await channel.send(USER, Page(text))  # a page that was laid out by another hand
    assert len(channel.lay_out(Message("chữ " * 1200))) == 3


async def test_files_go_as_papers_and_pictures(place: Place) -> None:
    twin, channel = place.twin, await started(place)
    paper = Message("Mẫu đơn đây ạ.", file=SendFile("paper", 'Mẫu "đơn"\r\n.pdf', "application/pdf"))
    pages = channel.lay_out(paper)
    assert [(bool(page.file), page.text) for page in pages] == [(True, ""), (False, "Mẫu đơn đây ạ.")]
    for page in pages:
        await channel.send(USER, page)
    upload = twin.sent(USER)[0].file
    assert upload is not None
    assert (upload.name, upload.data, upload.mime) == ("Mẫu đơn.pdf", PDF, "application/pdf")
    (page,) = channel.lay_out(Message("Mã QR", THREE[:1], file=SendFile("picture", "qr", "image/jpeg")))
    await channel.send(USER, page)
    shown = twin.last(USER)
    assert (shown.text, shown.file and shown.file.name) == ("Mã QR\n\n1. Lệ phí", "qr.jpg")
    rich = await started(place, buttons=True)
    apart = rich.lay_out(Message("Mã QR", THREE, file=SendFile("picture", "q", "image/png")))
    assert [bool(page.file) for page in apart] == [True, False]
    moving = Message("Ảnh động", file=SendFile("g", "a.gif", "image/gif"))
    assert channel.lay_out(moving) == [Page("Ảnh động")]  # nothing that Zalo takes
    bare = await started(place, files=None)
    assert bare.lay_out(Message("Mã QR", file=SendFile("picture", "q", "image/png"))) == [Page("Mã QR")]


@pytest.mark.parametrize("buttons", [False, True])
@settings(max_examples=4, deadline=None)
@given(messages=st.lists(MESSAGES, min_size=15, max_size=15))
def test_the_platform_takes_every_page(buttons: bool, messages: list[Message]) -> None:
    async def send_all(folder: Path) -> None:
        async with opened("sqlite", folder) as place:
            place.twin.receipts = place.twin.echoes = False
            channel = await started(place, buttons=buttons, files={"k": PDF}.__getitem__)
            pages = [page for message in messages for page in channel.lay_out(message)]
            for page in pages:
                await channel.send(USER, page)
            assert len(place.twin.sent()) == len(pages)

    with TemporaryDirectory() as folder:
        asyncio.run(send_all(Path(folder)))


async def test_an_upload_is_used_again_and_renewed_when_it_has_gone(place: Place) -> None:
    twin, channel = place.twin, await started(place)
    page = Page("", file={"key": "paper", "name": "don.pdf", "media": "application/pdf"})

    def uploads() -> int:
        return len(twin.calls_of("/v2.0/oa/upload/file"))

    twin.next(CONSULT, Fault.rate_limited())
    with pytest.raises(SendFailed):
        await channel.send(USER, page)
    await channel.send(USER, page)
    assert uploads() == 1
    place.clock.tick(hours=1)
    twin.next(CONSULT, Fault.error(-100, "attachment_id was expired"))
    await channel.send(USER, page)
    assert uploads() == 2
    twin.next(CONSULT, Fault.error(-100, "attachment_id was expired"))
    with pytest.raises(SendFailed, match="attachment-expired"):  # only just uploaded: that cannot be it
        await channel.send(USER, page)
    twin.user_says(USER, "x")
    place.clock.tick(days=6, hours=12)
    await channel.send(USER, page)
    assert uploads() == 3


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ({"key": "paper", "media": "video/mp4"}, "file-type"),
        ({"key": "large", "media": "image/png"}, "too-large"),
        ({"key": "nothing", "media": "image/png"}, "no-such-file"),
    ],
)
async def test_files_that_cannot_go(place: Place, file: dict[str, str], reason: str) -> None:
    channel = await started(place)
    with pytest.raises(SendFailed, match=f"refused: {reason}"):
        await channel.send(USER, Page("", file=file))
    assert place.twin.sent() == []
