"""How a Zalo bot gets its events: one at a time by long poll, forgotten as soon as handed over, or by webhook."""

from __future__ import annotations

import asyncio
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp

from tests.twins.base import Json
from tests.twins.faults import refuse
from tests.twins.records import Call
from tests.twins.zalo_bot_people import ZaloBotPeople

JAVA = {"User-Agent": "Java/17.0.12"}  # how the platform calls us


class ZaloBotUpdates(ZaloBotPeople):
    """getUpdates and the webhook methods.

    Attributes to set at any time: `idle_as`: what an idle long poll answers (an error 408, or an empty result);
    `updates_as`: one object, or a list of one; `probe`: how setWebhook looks at the address;
    `tests_a_day`: how many calls of testWebhook pass.
    """

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.idle_as: Literal["408", "empty"] = "408"
        self.updates_as: Literal["object", "list"] = "object"
        self.probe: Literal["post", "get", "none"] = "post"
        self.tests_a_day = 10
        self.overlapping_polls = 0
        self._hook_was_set = False
        self._tests = 0

    async def _get_updates(self, call: Call) -> Any:
        if self._hook is not None:
            raise refuse(400, "Bad request: getUpdates is not available while a webhook is set")
        try:
            seconds = float(call.params.get("timeout") or 30)
        except ValueError:
            raise refuse(400, "Bad request: The timeout is invalid") from None
        if self._polls:
            self.overlapping_polls += 1
        self._polls += 1
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            while not self._queue and not alarm.done():
                self._news.clear()
                news = asyncio.ensure_future(self._news.wait())
                try:
                    await asyncio.wait({alarm, news}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
        finally:
            alarm.cancel()
            self._polls -= 1
        if self._queue:
            update = self._queue.pop(0)
            return [update] if self.updates_as == "list" else update
        if self.idle_as == "empty":
            return {}
        raise refuse(408, "Request timeout")

    async def _set_webhook(self, call: Call) -> Json:
        url, secret = str(call.params.get("url", "")), str(call.params.get("secret_token", ""))
        if not url:
            raise refuse(400, "Bad request: The url must not be empty")
        # The real platform wants public https; on loopback a plain address stands for it.
        if urlsplit(url).scheme != "https" and not url.startswith("http://127.0.0.1:"):
            raise refuse(400, "Bad request: The url is invalid")
        if not 8 <= len(secret) <= 256:
            raise refuse(400, "Bad request: The secret_token must be between 8 and 256 characters")
        self._hook = {"url": url, "secret": secret, "updated_at": int(self.now() * 1000)}
        self._hook_was_set = True
        answer = {"url": url, "updated_at": self._hook["updated_at"]}
        if self.probe != "none":
            answer["verification"] = await self._verify()
        return answer

    def _webhook_info(self, call: Call) -> Json:
        if self._hook is None:
            raise refuse(404, "Not Found")
        return {"url": self._hook["url"], "updated_at": self._hook["updated_at"]}

    def _delete_webhook(self, call: Call) -> Json:
        if not self._hook_was_set:
            raise refuse(400, "Bad request: No webhook was set")
        self._hook = None
        self.postman.recall()
        return {"url": "", "updated_at": int(self.now() * 1000)}

    async def _test_webhook(self, call: Call) -> Json:
        if self._hook is None:
            raise refuse(404, "Not Found")
        self._tests += 1
        if self._tests > self.tests_a_day:
            raise refuse(426, "Quota exceeded")
        return await self._verify()

    async def _verify(self) -> Json:
        assert self._hook is not None
        url = str(self._hook["url"])
        verb = "GET" if self.probe == "get" else "POST"
        headers = {**JAVA, "X-Bot-Api-Secret-Token": str(self._hook["secret"]), "Content-Type": "application/json"}
        try:
            async with self._session().request(
                verb,
                url,
                data=None if verb == "GET" else b'{"ok":true,"result":{}}',
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=60),
            ) as response:
                status = response.status
        except aiohttp.ClientSSLError:
            outcome = "webhook.err.tls"
        except (aiohttp.ClientError, TimeoutError):
            outcome = "webhook.err.unreachable"
        else:
            named = {403: "403", 404: "404"}.get(status, "5xx" if status >= 500 else "other")
            outcome = "webhook.ok" if status == 200 else f"webhook.http.{named}"
        hint = "" if outcome == "webhook.ok" else "Requests come with the User-Agent Java/<version>; let them pass."
        return {"ok": outcome == "webhook.ok", "url": url, "outcome": outcome, "hint": hint}
