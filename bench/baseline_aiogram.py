"""The bot to compare with: aiogram and asynchronous SQLAlchemy, as their documentation teaches them.

A webhook in aiogram's default mode (answer first, handle in the background), its FSM, one session for each update by
a middleware, a commit before the reply is sent so that no connection waits for the network. It answers from the same
catalogue with the same search and the same wording, writes the same domain rows (the conversation with its state, the
record of guidance) with the same durability, and sends the same reply. It keeps no journal and no outbox: what it has
acknowledged and not finished dies with it.

Where there was a choice the faster one was taken: FSM in memory, no filter that needs a thread, asyncpg for
PostgreSQL, one connection on SQLite (more of them only wait for each other's lock).

`python -m bench.baseline_aiogram --port N --api URL [--database URL] [--handler nothing|fixed|answer]`
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from aiogram import BaseMiddleware, Bot, Dispatcher, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import InlineKeyboardMarkup, Message, TelegramObject
from aiogram.utils.keyboard import InlineKeyboardBuilder
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bench.programs import ROOT, SECRET, TOKEN
from bot.dialog.flow import Talk
from bot.texts import Texts
from handlers import wording
from handlers.ask import ASPECTS
from services.catalog.library import Library
from services.catalog.model import ProcedureRecord
from services.catalog.search import Context, SearchIndex
from services.catalog.store import Version
from services.clock import ms
from services.db.machine import Conversation
from services.db.office import Guidance, Procedure, ProcedureVersion
from services.db.session import Database

router = Router()


class Asking(StatesGroup):
    """The one state: a question may be asked at any time."""

    anything = State()


class OneSession(BaseMiddleware):
    """A session for each update."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        update: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        async with self._sessions() as session:
            data["session"] = session
            return await handler(update, data)


async def nothing(message: Message) -> None:
    """The least that a handler can do."""


async def answer(
    message: Message, state: FSMContext, session: AsyncSession, index: SearchIndex, texts: Texts, fixed: dict[str, Any]
) -> None:
    """One question: understand it, find the procedure, keep what was told, reply."""
    known, now = await state.get_data(), datetime.now(UTC)
    about = known.get("about")
    if not fixed or not fixed["text"]:
        found = index.search(message.text or "", context=Context(about["code"], about["case"]) if about else None)
        version = await shown(session, found.hits[0].code)
        talk = Talk(None, texts, "vi", now, 0, {}, {})
        text, keyboard = wording.part(talk, version, found.aspect, {}), buttons(talk, version, found.aspect)
        told = {"procedure_code": version.record.code, "version_id": version.id, "aspect": found.aspect}
        if fixed is not None and "text" in fixed:
            fixed.update(text=text, keyboard=keyboard, told=told)
    else:
        text, keyboard, told = fixed["text"], fixed["keyboard"], fixed["told"]
    about = {"code": told["procedure_code"], "case": {}}
    who = await spoke(session, str(message.chat.id), {"about": about, "aspect": told["aspect"], "met": True}, ms(now))
    session.add(Guidance(at=now, conversation_id=who, case={}, **told))
    await session.commit()
    await state.set_state(Asking.anything)
    await state.update_data(about=about)
    await message.answer(text, reply_markup=keyboard)


async def shown(session: AsyncSession, code: str) -> Version:
    """The version of a procedure that is shown."""
    row = await session.execute(
        select(ProcedureVersion)
        .join(Procedure, Procedure.version_id == ProcedureVersion.id)
        .where(Procedure.code == code)
    )
    version = row.scalar_one()
    record = msgspec.convert(version.record, ProcedureRecord)
    return Version(version.id, record, version.approved_by, version.approved_at, version.approval_decision)


async def spoke(session: AsyncSession, chat: str, state: dict[str, Any], now_ms: int) -> int:
    """Write down who spoke and where the conversation stands; returns its number."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = dialect.insert(Conversation).values(
        channel="telegram", account="default", chat=chat, state=state, locale="vi", created_ms=now_ms,
        last_heard_ms=now_ms,
    )  # fmt: skip
    upsert = made.on_conflict_do_update(
        index_elements=["channel", "account", "chat"],
        set_={"state": made.excluded.state, "last_heard_ms": made.excluded.last_heard_ms},
    )
    return int((await session.execute(upsert.returning(Conversation.id))).scalar_one())


def buttons(talk: Talk, version: Version, aspect: str) -> InlineKeyboardMarkup:
    """The other parts, each one tap away."""
    keyboard = InlineKeyboardBuilder()
    for other in ASPECTS:
        if other != aspect and wording.knows(version.record, other):
            keyboard.button(text=talk.text(f"part-{other}"), callback_data=f"part:{other}")
    keyboard.button(text=talk.text("ask-something-else"), callback_data="menu")
    markup = keyboard.adjust(2).as_markup()
    assert isinstance(markup, InlineKeyboardMarkup)
    return markup


def engine_of(url: str) -> AsyncEngine:
    """The database as durable as ours: WAL and full sync on SQLite."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url.replace("+psycopg", "+asyncpg"), pool_size=10, pool_timeout=300)
    engine = create_async_engine(
        url.replace("sqlite:", "sqlite+aiosqlite:"), pool_size=1, max_overflow=0, pool_timeout=300
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


async def serve(port: int, api: str, database: str, handler: str) -> None:
    """Listen until the process is ended."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api))
    bot = Bot(TOKEN, session=session, default=DefaultBotProperties(parse_mode=None))
    dispatcher = Dispatcher(storage=MemoryStorage())
    if handler == "nothing":
        router.message.register(nothing)
    else:
        engine = engine_of(database)
        db = Database(database)
        dispatcher["index"] = Library(db, Path.cwd() / "cache").current
        db.close()
        dispatcher["texts"] = Texts(ROOT / "locales")
        dispatcher["fixed"] = {"text": ""} if handler == "fixed" else {}
        dispatcher.message.outer_middleware(OneSession(async_sessionmaker(engine, expire_on_commit=False)))
        router.message.register(answer)
    dispatcher.include_router(router)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=SECRET).register(app, path="/hooks/telegram")
    setup_application(app, dispatcher, bot=bot)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.baseline_aiogram")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api", required=True, help="the platform's address")
    parser.add_argument("--database", default="")
    parser.add_argument("--handler", choices=("nothing", "fixed", "answer"), default="answer")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.api, given.database, given.handler))


if __name__ == "__main__":
    main()
