"""Zalo's Official Account, OAuth and template-message servers on loopback, all at one address.

Every error is HTTP 200. A call's `method` is its path, for instance `/v3.0/oa/message/cs`. Methods, shapes and codes:
https://docs.zaloplatforms.com/docs/OA and https://docs.zaloplatforms.com/docs/ZBS. Nothing here was compared with the
real service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from aiohttp import web

from tests.twins.base import Json, encode
from tests.twins.faults import RefusalError, Reply, refuse
from tests.twins.reading import read_parameters
from tests.twins.records import Call
from tests.twins.zalo_zbs import ZaloZBS

OAUTH = "/v4/oa/access_token"
CONSULT = "/v3.0/oa/message/cs"
TEMPLATE_BY_UID = "/v3.0/oa/message/template"
TEMPLATE_BY_PHONE = "/message/template"

_WORDS: dict[str, tuple[int, str]] = {
    "rate_limited": (-32, "The application has reached the limit of requests per minute"),
    "blocked": (-244, "User has restricted this type of message"),
    "deactivated": (-227, "User is banned or has been inactive for more than 45 days"),
    "kicked": (-213, "User has not followed OA"),
    "chat_not_found": (-213, "User has not followed OA"),
    "migrated": (-213, "User has not followed OA"),
    "unauthorized": (-216, "Access token is invalid"),
    "ok_false": (-200, "Send message failed"),
}
_ZBS_WORDS: dict[str, tuple[int, str]] = {
    **_WORDS,
    "blocked": (
        -114,
        "User is inactive, or reject the message, or using an outdated Zalo version, or other internal errors",
    ),
    "deactivated": (-118, "Zalo account is not existed"),
    "chat_not_found": (-118, "Zalo account is not existed"),
    "unauthorized": (-124, "Access token is invalid"),
    "ok_false": (-100, "Unknown error"),
}


class ZaloOATwin(ZaloZBS):
    """Base addresses for `openapi.zalo.me`, `business.openapi.zalo.me` and `oauth.zaloapp.com`: `url`, all three.

    `grant()` gives first tokens, `template(...)` and `phone(...)` set up template messages, `webhook_url` (an
    attribute) says where events go. `per_minute`: requests an app may make; `enforce_rate`: refuse what is above.
    """

    platform: ClassVar[str] = "zalo-oa"

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.per_minute = 4000
        self.enforce_rate = False
        self._minute, self._spent = 0, 0
        self._oa: dict[str, Callable[[Call], Any]] = {
            CONSULT: self._consult,
            TEMPLATE_BY_UID: self._by_uid,
            "/v3.0/oa/message/transaction": self._shut_down,
            "/v3.0/oa/message/promotion": self._shut_down,
            "/v3.0/oa/user/detail": self._user_detail,
            "/v3.0/oa/quota/message": self._quota,
            "/v2.0/oa/quota/message": self._quota,
            "/v2.0/oa/message": self._react,
            "/v2.0/oa/upload/image": self._upload,
            "/v2.0/oa/upload/file": self._upload,
            "/v2.0/oa/upload/gif": self._upload,
            "/v2.0/oa/getoa": self._get_oa,
            "/v2.0/oa/listrecentchat": self._recent,
            "/v2.0/oa/conversation": self._recent,
        }
        self._zbs: dict[str, Callable[[Call], Any]] = {
            TEMPLATE_BY_PHONE: self._by_phone,
            "/message/template/hashphone": self._by_phone,
            "/template/all": self._all_templates,
            "/template/info/v2": self._template_info,
            "/message/status": self._message_status,
            "/message/quota": self._daily,
            "/rating/get": self._rating_list,
        }

    async def _identify(self, request: web.BaseRequest, call: Call) -> Reply | None:
        call.method = request.path
        await read_parameters(request, call)
        if call.method not in (*self._oa, *self._zbs, OAUTH, "/v4/oa/permission"):
            raise refuse(404, "Empty api")
        return None

    async def _serve(self, request: web.BaseRequest, call: Call) -> Reply:
        if call.method == OAUTH:
            return self._token(call)
        if call.method == "/v4/oa/permission":
            return self._permission(call)
        limits = self._count(call)
        zbs = call.method in self._zbs
        state = self._access_state(call.headers)
        if state:
            text = "Access token is invalid" if state == -216 else "Access token has expired"
            raise refuse(-124 if zbs else state, text)
        result = (self._zbs if zbs else self._oa)[call.method](call)
        value: Json = {"data": result, "error": 0, "message": "Success"}
        return Reply(200, encode(value), value, headers=limits)

    def _count(self, call: Call) -> tuple[tuple[str, str], ...]:
        """Counts a request in its minute; raises -32 above the limit when that is enforced."""
        minute = int(call.at // 60)
        if minute != self._minute:
            self._minute, self._spent = minute, 0
        self._spent += 1
        if self.enforce_rate and self._spent > self.per_minute:
            raise RefusalError("rate_limited")
        return self._rate_headers()

    def _rate_headers(self) -> tuple[tuple[str, str], ...]:
        left = max(0, self.per_minute - self._spent)
        return (("X-RateLimit-Limit", str(self.per_minute)), ("X-RateLimit-Remain", str(left)))

    def _refusal(self, call: Call, refusal: RefusalError) -> Reply:
        words = _ZBS_WORDS if call.method in self._zbs else _WORDS
        code, text = words.get(refusal.kind, (refusal.code or -200, refusal.text or "Failed"))
        value: Json = {"error": code, "message": text}
        if call.method in (OAUTH, "/v4/oa/permission"):
            value = {
                "error": code,
                "error_name": text,
                "error_reason": text,
                "ref_doc": "https://developers.zalo.me/docs",
            }
        headers = () if call.method == OAUTH else self._rate_headers()
        return Reply(refusal.http_status or 200, encode(value), value, headers=headers)

    @staticmethod
    def _shut_down(call: Call) -> Any:
        raise refuse(-240, "This API has been shut down")
