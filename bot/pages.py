"""Every route of the site: the hooks, the chat, the API, and the pages that a one-time link opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.web import openapi
from bot.web.complaints import Complaints
from bot.web.desk import DemoDesk
from bot.web.dossiers import Dossiers
from bot.web.hooks import Hooks
from bot.web.pictures import PictureRoutes
from bot.web.procedures import Procedures
from bot.web.receipts import Receipts
from bot.web.review import Review
from bot.web.site import build
from bot.web.talk import TalkPage
from bot.web.upload import Upload

if TYPE_CHECKING:
    from bot.app import App


def site(app: App) -> web.Application:
    """The web application of `app`."""
    settings, threads, clock = app.settings, app.threads, app.clock
    locale = settings.default_locale
    url, proxy = settings.public_url, settings.trust_proxy
    routes = [
        *Hooks(app.channels, app.journal, app.metrics).routes(),
        *app.chat.routes(),
        *(_demo_desk(app) if app.demo else ()),
        *Procedures(threads, app.library).routes(),
        *Dossiers(threads, clock, app.keys, app.wake).routes(),
        *_receipts(app).routes(),
        *Complaints(
            threads, clock, app.keys, app.store, app.texts, app.wake, locale, public_url=url, trust_proxy=proxy
        ).routes(),
        *Review(threads, clock, app.keys, app.store, app.texts, locale, public_url=url, trust_proxy=proxy).routes(),
        *Upload(threads, clock, app.keys, app.filing, app.texts, locale, public_url=url, trust_proxy=proxy).routes(),
        *TalkPage(
            threads,
            clock,
            app.wake,
            app.keys,
            app.store,
            app.filing,
            app.texts,
            locale,
            public_url=url,
            trust_proxy=proxy,
        ).routes(),
        *openapi.routes(),
        *PictureRoutes(app.pictures, threads, clock, trust_proxy=settings.trust_proxy).routes(),
    ]
    standing = app.standing
    return build(routes, ready=standing.ready, metrics=app.metrics, demo=app.demo, gauges=standing.gauges)


def _demo_desk(app: App) -> list[web.RouteDef]:
    """The demo's desk: an officer's chat without an invitation, for this machine alone."""
    return DemoDesk(app.chat, app.sessions, app.web_channel, app.threads, app.clock).routes()


def _receipts(app: App) -> Receipts:
    """The receipts' routes, with a link into each chat that a link can open."""
    locale = app.settings.default_locale
    links = {app.texts.text("receipt-web", locale): "/chat?start={token}"}
    for channel in app.channels.values():
        if link := getattr(channel, "deep_link", ""):
            links[channel.name.title()] = link
    return Receipts(app.threads, app.clock, app.keys, app.texts, app.settings.public_url, links, locale)
