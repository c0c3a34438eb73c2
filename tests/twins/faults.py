"""What can go wrong on the way to a platform, as values that a test puts in line.

A `Fault` says what happens to one call in words that every platform shares; the twin turns it into the bytes its
platform would send. A `FaultScript` holds the line of faults and decides which call meets which.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.twins.records import Call

Refused = Literal[
    "rate_limited",
    "blocked",
    "deactivated",
    "kicked",
    "chat_not_found",
    "migrated",
    "unauthorized",
    "ok_false",
    "error",
]

_NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class RefusalError(Exception):
    """The platform says no. `kind` picks the platform's own words; `code` and `text` are used by kind `error`."""

    def __init__(
        self,
        kind: Refused,
        *,
        code: int | None = None,
        text: str | None = None,
        http_status: int | None = None,
        retry_after: int | None = None,
        migrate_to: int | None = None,
    ) -> None:
        super().__init__(f"{kind} {code or ''} {text or ''}".strip())
        self.kind: Refused = kind
        self.code = code
        self.text = text
        self.http_status = http_status
        self.retry_after = retry_after
        self.migrate_to = migrate_to


def refuse(code: int, text: str, http_status: int | None = None) -> RefusalError:
    """A refusal with the platform's own code and words, to be raised."""
    return RefusalError("error", code=code, text=text, http_status=http_status)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `body` is what goes over the wire; `value` is the JSON behind it, for the record."""

    status: int = 200
    body: bytes = b""
    value: Any = None
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What one call meets. Make one with the class methods; times are in seconds of the twin's sleeper.

    `accept`: the twin performs the call all the same (the message is delivered) before anything goes wrong.
    """

    name: str
    accept: bool = False
    before: float = 0.0
    after: float = 0.0
    silent: bool = False
    cut: Literal["", "connection", "body"] = ""
    dribble: float = 0.0
    reply: Reply | None = None
    refusal: RefusalError | None = None
    reshape: Callable[[Any], Any] | None = None

    # --- the platform says no -------------------------------------------------------------------------------------

    @classmethod
    def rate_limited(cls, retry_after: int | None = None) -> Fault:
        """429 in the platform's JSON; without `retry_after` nobody says how long to wait (Zalo OA: error -32)."""
        return cls("rate_limited", refusal=RefusalError("rate_limited", retry_after=retry_after))

    @classmethod
    def blocked(cls) -> Fault:
        """The person has blocked the bot (Telegram: 403)."""
        return cls("blocked", refusal=RefusalError("blocked"))

    @classmethod
    def deactivated(cls) -> Fault:
        """The person's account no longer exists (Telegram: 403)."""
        return cls("deactivated", refusal=RefusalError("deactivated"))

    @classmethod
    def kicked(cls) -> Fault:
        """The bot was put out of the group (Telegram: 403)."""
        return cls("kicked", refusal=RefusalError("kicked"))

    @classmethod
    def chat_not_found(cls) -> Fault:
        """400: no such chat, or the person never wrote to the bot."""
        return cls("chat_not_found", refusal=RefusalError("chat_not_found"))

    @classmethod
    def migrated(cls, to: int) -> Fault:
        """Telegram's 400 of a group that became a supergroup; `to` is the new chat id."""
        return cls("migrated", refusal=RefusalError("migrated", migrate_to=to))

    @classmethod
    def unauthorized(cls) -> Fault:
        """401: the token is wrong or was withdrawn (Zalo OA: error -216)."""
        return cls("unauthorized", refusal=RefusalError("unauthorized"))

    @classmethod
    def ok_false(cls) -> Fault:
        """HTTP 200 that says no: `{"ok":false}` (Zalo OA: error -200)."""
        return cls("ok_false", refusal=RefusalError("ok_false"))

    @classmethod
    def error(cls, code: int, text: str, http_status: int | None = None) -> Fault:
        """Any code and words of the platform; `http_status` when it is not the one the platform would use."""
        return cls("error", refusal=refuse(code, text, http_status))

    # --- somebody between us and the platform answers -------------------------------------------------------------

    @classmethod
    def html(cls, status: int, title: str) -> Fault:
        """An nginx error page instead of JSON."""
        page = _NGINX.format(f"{status} {title}").encode()
        return cls(f"html_{status}", reply=Reply(status, page, content_type="text/html"))

    @classmethod
    def rate_limited_html(cls) -> Fault:
        """429 as an nginx page."""
        return cls.html(429, "Too Many Requests")

    @classmethod
    def bad_gateway(cls) -> Fault:
        """502 as an nginx page."""
        return cls.html(502, "Bad Gateway")

    @classmethod
    def server_error(cls) -> Fault:
        """500 with JSON that has no `description`, the body that breaks aiogram's error mapping."""
        return cls("server_error", reply=Reply(500, b'{"ok":false,"error_code":500}', {"ok": False, "error_code": 500}))

    @classmethod
    def raw(cls, body: bytes, status: int = 200, content_type: str = "application/json", accept: bool = False) -> Fault:
        """Exactly these bytes; with `accept` the call was performed first."""
        return cls("raw", accept=accept, reply=Reply(status, body, None, content_type))

    @classmethod
    def reshaped(cls, change: Callable[[Any], Any]) -> Fault:
        """The call is performed, and `change(answer)` is sent instead (a result without `date`, a list)."""
        return cls("reshaped", accept=True, reshape=change)

    # --- the network ------------------------------------------------------------------------------------------------

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """The call waits, and is then performed and answered, even if the caller has gone meanwhile."""
        return cls("slow", accept=True, before=seconds)

    @classmethod
    def slow_answer(cls, seconds: float) -> Fault:
        """The call is performed at once, the answer comes later."""
        return cls("slow_answer", accept=True, after=seconds)

    @classmethod
    def hang(cls, accept: bool = False) -> Fault:
        """No answer ever; with `accept` the call was performed."""
        return cls("hang", accept=accept, silent=True)

    @classmethod
    def drop_before(cls) -> Fault:
        """The connection breaks before the platform looked at the call: nothing was delivered."""
        return cls("drop_before", cut="connection")

    @classmethod
    def drop_after(cls) -> Fault:
        """The connection breaks after the platform performed the call: delivered, and nobody was told."""
        return cls("drop_after", accept=True, cut="connection")

    @classmethod
    def slow_body(cls, seconds: float) -> Fault:
        """Performed; the headers come at once and the body byte after byte over `seconds`."""
        return cls("slow_body", accept=True, dribble=seconds)

    @classmethod
    def cut_body(cls) -> Fault:
        """Performed; the connection breaks in the middle of the body."""
        return cls("cut_body", accept=True, cut="body")

    @classmethod
    def from_json(cls, spec: dict[str, Any]) -> Fault:
        """`{"kind": "rate_limited", "retry_after": 3}` -> the fault; for twins that run as a process of their own."""
        options = dict(spec)
        kind = str(options.pop("kind"))
        if kind not in _BY_NAME:
            raise ValueError(f"no fault is called {kind!r}; there are: {', '.join(sorted(_BY_NAME))}")
        made = getattr(cls, kind)(**options)
        assert isinstance(made, Fault)
        return made


_REFUSALS = ("rate_limited", "blocked", "deactivated", "kicked", "chat_not_found", "migrated", "unauthorized")
_ANSWERS = ("ok_false", "error", "html", "rate_limited_html", "bad_gateway", "server_error")
_NETWORK = ("slow", "slow_answer", "hang", "drop_before", "drop_after", "slow_body", "cut_body")
_BY_NAME = frozenset((*_REFUSALS, *_ANSWERS, *_NETWORK))


@dataclass(slots=True)
class _Rule:
    method: str
    fault: Fault
    left: int | None
    when: Callable[[Call], bool] | None
    share: float

    def meets(self, call: Call, dice: random.Random) -> bool:
        if self.method not in ("*", call.method):
            return False
        if self.when is not None and not self.when(call):
            return False
        return self.share >= 1.0 or dice.random() < self.share


@dataclass(slots=True)
class FaultScript:
    """The faults in line. The first rule that fits a call is used; a rule that is used up goes away."""

    dice: random.Random
    rules: list[_Rule] = field(default_factory=list)

    def add(
        self, method: str, fault: Fault, times: int | None, when: Callable[[Call], bool] | None, share: float
    ) -> None:
        self.rules.append(_Rule(method, fault, times, when, share))

    def take(self, call: Call) -> Fault | None:
        for rule in self.rules:
            if rule.meets(call, self.dice):
                if rule.left is not None:
                    rule.left -= 1
                    if rule.left <= 0:
                        self.rules.remove(rule)
                return rule.fault
        return None
