"""`zalo-oa connect`: an admin of the Official Account agrees in a browser; the first tokens go into the database."""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import secrets
import sys
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

from bot.channels.zalo_oa import NAME
from bot.channels.zalo_oa_pairs import Pair, Pairs
from bot.channels.zalo_oa_wire import CONSENT, GET_OA, Grant, Wire
from bot.cli.refusal import Refusal
from bot.port import SendFailed
from bot.settings import Settings
from services.clock import SystemClock, ms
from services.db.credentials import ChannelToken
from services.db.session import Database, unit
from services.keys import BadKey, Keys


def add(commands: Any) -> None:
    """Add the command."""
    actions = commands.add_parser("zalo-oa", help="the Zalo Official Account").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    part = actions.add_parser("connect", help="get the account's consent and keep its first tokens")
    part.add_argument("--callback", default="", help="the callback address set in the app's console (PUBLIC_URL)")
    part.set_defaults(run=run_connect)


def run_connect(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show where to agree, take the code from stdin, exchange it, keep the tokens."""
    secret = settings.zalo_oa_app_secret.get_secret_value()
    if not settings.zalo_oa_app_id or not secret:
        raise Refusal("set ZALO_OA_APP_ID and ZALO_OA_APP_SECRET first")
    callback = arguments.callback or settings.public_url
    if not callback:
        raise Refusal("the callback address is not known: set PUBLIC_URL or give --callback")
    keys = _keys(settings)
    pairs = Pairs(keys, NAME, "default", "connect")
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            # A database that cannot keep the tokens is noticed before anybody agrees.
            session.get(ChannelToken, (NAME, "default"))
        verifier, state = verifier_of(keys, settings.zalo_oa_app_id), secrets.token_urlsafe(12)
        challenge = challenge_of(verifier)
        query = {
            "app_id": settings.zalo_oa_app_id, "redirect_uri": callback, "code_challenge": challenge, "state": state,
        }  # fmt: skip
        print(
            f"In the app's console the callback address has to be {callback} and the code challenge {challenge}\n"
            "Open this address as an admin of the Official Account, and agree:\n\n"
            f"  {settings.zalo_oa_oauth_url.rstrip('/')}{CONSENT}?{urlencode(query)}\n\n"
            "Then paste the address where the browser ended, or only the code in it:",
            flush=True,
        )
        code, oa_id = read_answer(sys.stdin.readline(), state)
        grant, name, told_id = asyncio.run(_exchange(settings, secret, code, verifier))
        if oa_id and told_id and oa_id != told_id:
            raise Refusal(f"the tokens are for another account ({told_id}) than the one that agreed ({oa_id})")
        now = ms(SystemClock().now())
        with unit(db) as session:
            pair = pairs.connect(session, grant.access, grant.refresh, grant.lives_s, oa_id or told_id, now)
    finally:
        db.close()
    print(_told(pair, name, settings.timezone))
    return 0


def verifier_of(keys: Keys, app_id: str) -> str:
    """The PKCE verifier, 43 characters. Made from the office's key, for the console keeps one challenge for good."""
    return _base64url(bytes.fromhex(keys.index("pkce", app_id)))


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def read_answer(pasted: str, state: str) -> tuple[str, str]:
    """(code, the account's id or "") out of a pasted address or bare code. Raises Refusal."""
    pasted = pasted.strip()
    if "?" not in pasted:
        if not pasted or any(character.isspace() for character in pasted):
            raise Refusal("no code was given")
        return pasted, ""
    query = {name: values[-1] for name, values in parse_qs(urlsplit(pasted).query).items()}
    if "code" not in query:
        raise Refusal("this address holds no code: was the request refused, or the callback address another?")
    if query.get("state", state) != state:
        raise Refusal("this address belongs to another run of the command: open the one printed last")
    return query["code"], query.get("oa_id", "")


async def _exchange(settings: Settings, secret: str, code: str, verifier: str) -> tuple[Grant, str, str]:
    """The tokens, and the name and id of the account that they speak for where it can be asked. Raises Refusal."""
    wire = Wire(
        app_id=settings.zalo_oa_app_id, app_secret=secret, api_url=settings.zalo_oa_api_url,
        oauth_url=settings.zalo_oa_oauth_url, zbs_url=settings.zalo_zbs_api_url, clock=SystemClock(),
        zone=settings.timezone,
    )  # fmt: skip
    try:
        grant = await wire.exchange(code, verifier)
        try:
            answer = await wire.get(grant.access, GET_OA)
        except SendFailed:
            return grant, "", ""  # the code is spent: the tokens are kept all the same
        told = answer.get("data")
        about = told if isinstance(told, dict) else {}
        return grant, str(about.get("name") or ""), str(about.get("oaid") or about.get("oa_id") or "")
    except SendFailed as failure:
        raise Refusal(_why(failure)) from None
    finally:
        await wire.close()


def _why(failure: SendFailed) -> str:
    if failure.kind == "refused":
        return (
            f"Zalo refuses the code ({failure.reason}): it works once and for ten minutes; "
            "are ZALO_OA_APP_SECRET and the code challenge in the console right?"
        )
    return f"Zalo could not be asked ({failure.reason}); try again with a new code"


def _keys(settings: Settings) -> Keys:
    text, demo = settings.data_key.get_secret_value(), settings.state_dir / "demo.key"
    if not text and demo.exists():
        text = demo.read_text()
    if not text:
        raise Refusal("DATA_KEY is not set: the tokens are kept under it (openssl rand -base64 32)")
    try:
        return Keys.read(text)
    except BadKey as bad:
        raise Refusal(str(bad)) from None


def _told(pair: Pair, name: str, zone: str) -> str:
    ends = datetime.fromtimestamp(pair.ends_ms / 1000, ZoneInfo(zone))
    who = " ".join(part for part in (name, f"({pair.subject})" if pair.subject else "") if part)
    good = f"the access token is good until {ends:%H:%M %d/%m/%Y} and is renewed by itself"
    return f"connected to {who}; {good}" if who else f"connected; {good}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
