"""The Telegram twin, driven by aiogram: texts, keyboards, files, people and groups."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import (
    BufferedInputFile,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    URLInputFile,
)

from tests.twins import TelegramTwin, VirtualTime
from tests.twins.clients import telegram_bot
from tests.twins.receiver import Receiver
from tests.twins.telegram_text import parse_html

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


@pytest.fixture
async def twin() -> AsyncIterator[TelegramTwin]:
    async with TelegramTwin() as twin:
        twin.person(101)
        yield twin


@pytest.fixture
async def bot(twin: TelegramTwin) -> AsyncIterator[Bot]:
    async with telegram_bot(twin) as bot:
        yield bot


def keyboard(data: str = "1:0", url: str | None = None) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton(text="Một", callback_data=data or None, url=url)
    return InlineKeyboardMarkup(inline_keyboard=[[button]])


@pytest.mark.parametrize(
    ("text", "mode", "complaint"),
    [
        ("x" * 4097, None, "message is too long"),
        ("<b>" + "x" * 4097 + "</b>", "HTML", "message is too long"),
        (" \n ", None, "message text is empty"),
        ("<b></b>", "HTML", "message text is empty"),
        ("<b>x", "HTML", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a < b", "HTML", 'Unsupported start tag "" at byte offset 2'),
        ("ă<p>x</p>", "HTML", 'Unsupported start tag "p" at byte offset 2'),
        ("<b><i>x</b></i>", "HTML", 'byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "HTML", "Unexpected end tag at byte offset 1"),
        ("<span>x</span>", "HTML", 'must have class "tg-spoiler"'),
        ("*x*", "MarkdownV2", "unsupported parse_mode"),
    ],
)
async def test_texts_that_telegram_refuses(bot: Bot, text: str, mode: str | None, complaint: str) -> None:
    with pytest.raises(TelegramBadRequest) as caught:
        await bot.send_message(101, text, parse_mode=mode)
    assert complaint in str(caught.value)


async def test_texts_that_telegram_takes(twin: TelegramTwin, bot: Bot) -> None:
    message = await bot.send_message(101, f"<b>Hồ sơ</b> &lt;1&gt; {'x' * 4080}", parse_mode="HTML")
    assert message.text is not None
    assert message.text.startswith("Hồ sơ <1> xxx")
    assert [(entity.type, entity.offset, entity.length) for entity in message.entities or ()] == [("bold", 0, 5)]
    assert twin.last(101).text == message.text
    assert parse_html('😀 <a href="https://x.vn/?a&amp;b">y</a><tg-spoiler>z</tg-spoiler>')[1] == [
        {"type": "text_link", "url": "https://x.vn/?a&b", "offset": 3, "length": 1},
        {"type": "spoiler", "offset": 4, "length": 1},
    ]


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        (keyboard("đ" * 33), "BUTTON_DATA_INVALID"),
        (keyboard("", url="http://localhost/x"), "Wrong HTTP URL"),
        (keyboard("", url="javascript:x"), "Wrong HTTP URL"),
        (keyboard(""), "Text buttons are unallowed in the inline keyboard"),
        (InlineKeyboardMarkup(inline_keyboard=keyboard().inline_keyboard * 101), "REPLY_MARKUP_TOO_LONG"),
    ],
)
async def test_keyboards_that_telegram_refuses(bot: Bot, markup: InlineKeyboardMarkup, complaint: str) -> None:
    with pytest.raises(TelegramBadRequest, match=complaint):
        await bot.send_message(101, "x", reply_markup=markup)


async def test_keyboards_that_telegram_takes(twin: TelegramTwin, bot: Bot) -> None:
    await bot.send_message(101, "x", reply_markup=keyboard("x" * 64))
    await bot.send_message(101, "x", reply_markup=keyboard("", url="https://dichvucong.gov.vn/"))
    await bot.send_message(101, "x", reply_markup=ForceReply())
    share = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Gửi số", request_contact=True)]])
    await bot.send_message(101, "x", reply_markup=share)
    twin.group(-9)
    with pytest.raises(TelegramBadRequest, match="private chats only"):
        await bot.send_message(-9, "x", reply_markup=share)


async def test_a_tap_comes_back_is_answered_and_grows_old() -> None:
    clock = VirtualTime()
    twin = TelegramTwin(now=clock.now, sleep=clock.sleep)
    async with twin, telegram_bot(twin) as bot:
        twin.person(101)
        message = await bot.send_message(101, "Chọn", reply_markup=keyboard("7:1"))
        with pytest.raises(LookupError):
            twin.user_taps(101, message.message_id, "khác")
        twin.user_taps(101, message.message_id, "khác", stale=True)
        twin.user_taps_label(101, "Một")
        stale, tap = await bot.get_updates()
        assert stale.callback_query is not None
        assert tap.callback_query is not None
        assert (tap.callback_query.data, tap.callback_query.from_user.id) == ("7:1", 101)
        assert await bot.answer_callback_query(tap.callback_query.id, text="Đã nhận")
        assert twin.answered_taps[0]["text"] == "Đã nhận"
        await clock.advance(3600)
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_callback_query(stale.callback_query.id)


async def test_messages_are_edited_and_deleted_within_the_rules() -> None:
    clock = VirtualTime()
    twin = TelegramTwin(now=clock.now, sleep=clock.sleep)
    async with twin, telegram_bot(twin) as bot:
        heard = twin.user_says(101, "xin chào")["message"]["message_id"]
        sent = await bot.send_message(101, "một", reply_markup=keyboard())
        assert sent.message_id == heard + 1
        edited = await bot.edit_message_text("hai", chat_id=101, message_id=sent.message_id, reply_markup=keyboard())
        assert isinstance(edited, Message)
        assert (edited.text, edited.edit_date) == ("hai", int(clock.now()))
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await bot.edit_message_text("hai", chat_id=101, message_id=sent.message_id, reply_markup=keyboard())
        await bot.edit_message_reply_markup(chat_id=101, message_id=sent.message_id)
        assert twin.buttons(101, sent.message_id) == []
        with pytest.raises(TelegramBadRequest, match="message can't be edited"):
            await bot.edit_message_text("x", chat_id=101, message_id=heard)
        with pytest.raises(TelegramBadRequest, match="message to edit not found"):
            await bot.edit_message_text("x", chat_id=101, message_id=99)
        assert await bot.delete_message(101, sent.message_id)
        with pytest.raises(TelegramBadRequest, match="message to delete not found"):
            await bot.delete_message(101, sent.message_id)
        sent = await bot.send_message(101, "cũ")
        await clock.advance(49 * 3600)
        with pytest.raises(TelegramBadRequest, match="can't be deleted for everyone"):
            await bot.delete_message(101, sent.message_id)


async def test_files_go_both_ways(twin: TelegramTwin, bot: Bot) -> None:
    photo = await bot.send_photo(101, BufferedInputFile(PNG, "a.png"), caption="<i>ảnh</i>", parse_mode="HTML")
    assert photo.photo is not None
    assert photo.caption == "ảnh"
    await bot.send_photo(101, photo.photo[-1].file_id)
    assert [sent.file.data for sent in twin.sent(101) if sent.file] == [PNG, PNG]
    await bot.send_document(101, BufferedInputFile(b"%PDF", "phiếu hẹn.pdf"))
    assert repr(twin.last(101).file) == "Upload('phiếu hẹn.pdf', 'application/pdf', 4 bytes)"
    async with Receiver() as web:
        web.files["/qr.png"] = PNG
        async with aiohttp.ClientSession() as http:
            url = f"{twin.url}/bot{twin.token}/sendPhoto"
            async with http.post(url, json={"chat_id": 101, "photo": f"{web.url}/qr.png"}) as response:
                assert response.status == 200
            async with http.post(url, json={"chat_id": 101, "photo": f"{web.url}/none.png"}) as response:
                assert "failed to get HTTP URL content" in (await response.json())["description"]
        await bot.send_document(101, URLInputFile(f"{web.url}/qr.png"))
    for wrong, complaint in (("nope", "wrong file identifier"), (BufferedInputFile(b"text", "a.png"), "IMAGE_PROCESS")):
        with pytest.raises(TelegramBadRequest, match=complaint):
            await bot.send_photo(101, wrong)
    with pytest.raises(TelegramBadRequest, match="caption is too long"):
        await bot.send_photo(101, BufferedInputFile(PNG, "a.png"), caption="x" * 1025)


async def test_people_send_everything(twin: TelegramTwin, bot: Bot) -> None:
    twin.user_sends_photo(101, PNG, caption="CCCD", album="7")
    twin.user_sends_document(101, b"%PDF-1.7", "đơn.pdf")
    twin.user_sends_document(101, b"%PDF-1.7", "lớn.pdf", size=30 * 2**20)
    twin.user_sends_sticker(101)
    twin.user_sends_voice(101)
    twin.user_sends_location(101, 21.03, 105.85)
    twin.user_sends_contact(101, "+84912345678")
    twin.user_edits(101, twin.user_says(101, "x")["message"]["message_id"], "y")
    photo, small, large, sticker, voice, place, contact, said, edited = await bot.get_updates()
    assert photo.message is not None
    assert photo.message.photo is not None
    assert (photo.message.caption, photo.message.media_group_id) == ("CCCD", "7")
    assert small.message is not None
    assert small.message.document is not None
    assert large.message is not None
    assert large.message.document is not None
    for file_id, data in ((photo.message.photo[-1].file_id, PNG), (small.message.document.file_id, b"%PDF-1.7")):
        file = await bot.get_file(file_id)
        assert file.file_path is not None
        fetched = await bot.download_file(file.file_path)
        assert fetched is not None
        assert fetched.read() == data
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(large.message.document.file_id)
    assert sticker.message is not None
    assert sticker.message.sticker is not None
    assert voice.message is not None
    assert voice.message.voice is not None
    assert place.message is not None
    assert place.message.location is not None
    assert contact.message is not None
    assert contact.message.contact is not None
    assert (contact.message.contact.user_id, said.event_type) == (101, "message")
    assert edited.edited_message is not None
    assert edited.edited_message.text == "y"


async def test_people_block_delete_their_account_and_come_back(twin: TelegramTwin, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(404, "x")
    twin.user_blocks(101)
    with pytest.raises(TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(101, "x")
    with pytest.raises(LookupError, match="blocked"):
        twin.user_says(101, "x")
    twin.user_unblocks(101)
    await bot.send_message(101, "x")
    twin.account_deleted(101)
    with pytest.raises(TelegramForbiddenError, match="deactivated"):
        await bot.send_message(101, "x")
    changes = [update.my_chat_member for update in await bot.get_updates()]
    assert [change.new_chat_member.status for change in changes if change] == ["kicked", "member"]


async def test_groups_keep_small_talk_to_themselves_and_migrate(twin: TelegramTwin, bot: Bot) -> None:
    twin.group(-10, "Tổ một cửa", by=101, kind="group")
    asked = await bot.send_message(-10, "Có hồ sơ mới", reply_markup=keyboard("9:0"))
    twin.user_says(-10, "ăn cơm chưa", user_id=7)
    twin.user_says(-10, "/start@another_bot", user_id=7)
    twin.user_says(-10, "/start ABC", user_id=7)
    twin.user_says(-10, f"@{twin.me['username']} 123456", user_id=7)
    twin.user_says(-10, "xong", user_id=7, reply_to=asked.message_id)
    twin.user_taps(-10, asked.message_id, "9:0", user_id=7)
    updates = await bot.get_updates()
    heard = [update.message.text for update in updates if update.message]
    assert heard == ["/start ABC", f"@{twin.me['username']} 123456", "xong"]
    assert updates[0].my_chat_member is not None
    tap = updates[-1].callback_query
    assert tap is not None
    assert tap.from_user.id == 7
    twin.group_migrates(-10, -1000000000010)
    with pytest.raises(TelegramMigrateToChat) as caught:
        await bot.send_message(-10, "x")
    await bot.send_message(caught.value.migrate_to_chat_id, "x")
    twin.bot_is_kicked(-1000000000010)
    with pytest.raises(TelegramForbiddenError, match="kicked"):
        await bot.send_message(-1000000000010, "x")
