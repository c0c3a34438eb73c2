"""What happens around a Zalo Official Account, and the signed webhook events that tell of it.

All ids and times in the events are strings. The signature is the plain SHA-256 of app id, raw body, timestamp and
secret, joined; a retry carries `num_retry`; after the last one the app is unsubscribed.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from tests.twins.base import Json, Twin, encode
from tests.twins.postman import Letter, Postman
from tests.twins.records import Posted

_ZBS = "zbs "  # begins the lanes of template-message events
_RETRY_AFTER = (30.0, 300.0, 900.0, 1800.0, 3600.0)  # seconds


def sign(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The value of `X-ZEvent-Signature` for these raw bytes."""
    return "mac=" + hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


class ZaloOAEvents(Twin):
    """Posts events to `webhook_url` once that is set.

    Attributes to set at any time: `webhook_url` ("" for none); `body_style`: `spaced` writes JSON that does not
    survive being parsed and written again; `first_term`: what the signature begins with; `unsubscribed`: set after an
    event failed six times, no more are posted.
    """

    def __init__(
        self,
        *,
        app_id: str = "360846524940903967",
        app_secret: str = "twin-app-secret",
        oa_secret: str = "twin-oa-secret",
        oa_id: str = "388613280878808645",
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.app_id, self.app_secret, self.oa_secret, self.oa_id = app_id, app_secret, oa_secret, oa_id
        self.webhook_url = ""
        self.body_style: Literal["compact", "spaced"] = "compact"
        self.first_term: Literal["app_id", "oa_id"] = "app_id"
        self.unsubscribed = False
        self.events: list[Json] = []
        """Every event, posted or not."""
        self._ids = 0
        self.postman = Postman(
            self,
            address=lambda: self.webhook_url if not self.unsubscribed and self.webhook_url else None,
            delay=lambda tries: _RETRY_AFTER[tries - 1] if tries <= len(_RETRY_AFTER) else None,
            deadline=2.0,
            given_up=self._unsubscribe,
            decorate=lambda letter: {"num_retry": str(letter.tries - 1)} if letter.tries > 1 else {},
            holds_the_lane=False,
        )

    @property
    def posted(self) -> list[Posted]:
        """Every attempt to post an event to the webhook."""
        return self.postman.posted

    async def until_acknowledged(self, within: float = 60.0) -> None:
        """Returns once no event is on its way. TimeoutError after `within` real seconds."""
        await self.until(lambda: not self.postman.busy, within)

    def event(self, lane: str, content: Json, *, zbs: bool = False) -> Json:
        """Any event: `app_id` and `timestamp` are added when they are missing. Returns it as posted."""
        event = {"app_id": self.app_id, **content}
        event.setdefault("timestamp", str(int(self.now() * 1000)))
        return self._incoming(f"{_ZBS}{lane}" if zbs else lane, event)

    def _admit(self, lane: str, update: Json) -> None:
        self.events.append(update)
        if not self.webhook_url or self.unsubscribed:
            return
        body = encode(update) if self.body_style == "compact" else json.dumps(update, indent=1).encode()
        first = self.app_id if self.first_term == "app_id" else self.oa_id
        headers = {"X-ZEvent-Signature": sign(first, body, str(update["timestamp"]), self.oa_secret)}
        if lane.startswith(_ZBS):
            headers["X-ZEvent-Server"] = "ZNS"
        self.postman.post(lane, Letter(str(update.get("event_name")), body, headers))

    def _unsubscribe(self, letter: Letter) -> None:
        self.unsubscribed = True

    def _new_id(self) -> str:
        self._ids += 1
        return hashlib.sha256(f"oa {self._ids}".encode()).hexdigest()[:20]
