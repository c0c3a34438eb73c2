"""Pages that hold something about a person: one frame, and headers that keep them out of caches and searches."""

from __future__ import annotations

from html import escape

from aiohttp import web

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Beside the headers that every answer of the site has."""


def page(
    title: str, body: str, locale: str, *, styles: tuple[str, ...] = (), script: str = "", status: int = 200
) -> web.Response:
    """A whole page. `title` is plain text, `body` HTML; `styles` and `script` name files under /static."""
    sheets = "".join(f'<link rel="stylesheet" href="/static/{name}">' for name in ("base.css", *styles))
    more = f'<script type="module" src="/static/{script}"></script>' if script else ""
    text = f"""<!doctype html>
<html lang="{escape(locale)}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="format-detection" content="telephone=no">
<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex, nofollow, noarchive">
<title>{escape(title)}</title><link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
{sheets}{more}</head>
<body>{body}</body></html>
"""
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def note(title: str, text: str, locale: str, *, status: int = 200, inside: str = "") -> web.Response:
    """A page of one sentence, with what `inside` (HTML) holds below it."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    body = f'<main class="plain"><img src="/static/favicon.svg" alt="" width="56" height="56"><h1>{escape(title)}</h1>'
    return page(title, f"{body}{paragraphs}{inside}</main>", locale, styles=("review.css",), status=status)
