"""The channels whose tokens are set; their SDKs are imported only here."""

from __future__ import annotations

from collections.abc import Callable

from bot.pictures import picture_path
from bot.port import Channel
from bot.settings import Settings
from bot.threads import Threads
from services.clock import Clock, SystemClock


def connected(
    settings: Settings,
    threads: Threads | None = None,
    clock: Clock | None = None,
    files: Callable[[str], bytes] | None = None,
) -> dict[tuple[str, str], Channel]:
    """The channels whose tokens are set, by (channel, account). `files` reads what they send by its key."""
    channels: dict[tuple[str, str], Channel] = {}
    public = settings.public_url.rstrip("/")
    if settings.telegram_token.get_secret_value():
        from bot.channels.telegram import TelegramChannel

        channels["telegram", "default"] = TelegramChannel(
            "default", settings.telegram_token, api_url=settings.telegram_api_url, proxy=settings.telegram_proxy,
            receive=settings.telegram_receive, webhook_url=f"{public}/hooks/telegram" if public else "",
            webhook_secret=settings.telegram_webhook_secret, files=files,
        )  # fmt: skip
    if settings.zalo_bot_token.get_secret_value():
        from bot.channels.zalo_bot import ZaloBotChannel

        channels["zalo-bot", "default"] = ZaloBotChannel(
            "default", settings.zalo_bot_token, api_url=settings.zalo_bot_api_url, receive=settings.zalo_bot_receive,
            webhook_url=f"{public}/hooks/zalo-bot" if public else "", webhook_secret=settings.zalo_bot_webhook_secret,
            file_url=(lambda key: public + path if (path := picture_path(key)) else "") if public else None,
        )  # fmt: skip
    if settings.zalo_oa_app_id:
        from bot.channels.zalo_oa_opening import open_channel

        channels["zalo-oa", "default"] = open_channel(settings, threads, clock or SystemClock(), files)
    return channels
