"""The Official Account of the settings."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.zalo_oa import ZaloOAChannel
from bot.channels.zalo_oa_templates import load
from bot.settings import BadSettings, Settings
from bot.threads import Threads
from services.clock import Clock
from services.db.session import Database


def open_channel(
    settings: Settings, threads: Threads | None, clock: Clock, files: Callable[[str], bytes] | None = None
) -> ZaloOAChannel:
    """The account `default`. Without `threads` it opens the database by itself; `files` reads what is sent, by its key.

    Raises BadSettings.
    """
    if not settings.zalo_oa_app_secret.get_secret_value():
        raise BadSettings("ZALO_OA_APP_ID needs ZALO_OA_APP_SECRET")
    templates = load(settings.zalo_zbs_templates)
    closing: Callable[[], None] | None = None
    if threads is None:
        threads, closing = _own_threads(settings.database_url)
    return ZaloOAChannel(
        "default", settings.zalo_oa_app_id, settings.zalo_oa_app_secret, threads=threads, clock=clock,
        data_key=settings.data_key, secret_key=settings.zalo_oa_secret_key,
        refresh_token=settings.zalo_oa_refresh_token, api_url=settings.zalo_oa_api_url,
        oauth_url=settings.zalo_oa_oauth_url, zbs_url=settings.zalo_zbs_api_url, buttons=settings.zalo_oa_buttons,
        templates=templates, zone=settings.timezone, files=files,
        closing=closing,
    )  # fmt: skip


def _own_threads(database_url: str) -> tuple[Threads, Callable[[], None]]:
    db = Database(database_url)
    threads = Threads(db)

    def close() -> None:
        threads.close()
        db.close()

    return threads, close
