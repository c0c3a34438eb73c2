"""Zalo's OAuth for Official Accounts: consent with PKCE, access tokens of 25 hours, refresh tokens good for one use."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.twins.base import Json, encode
from tests.twins.faults import Reply, refuse
from tests.twins.records import Call
from tests.twins.zalo_oa_people import ZaloOAPeople

ACCESS_LIVES = 25 * 3600.0
REFRESH_LIVES = 90 * 24 * 3600.0
CODE_LIVES = 600.0

# Zalo names no codes for these; only that they lie near -14000 and arrive with HTTP 200.
_BAD_SECRET, _BAD_CODE, _BAD_VERIFIER, _BAD_REFRESH = -14004, -14005, -14011, -14014


@dataclass(slots=True)
class _Consent:
    challenge: str
    at: float
    spent: bool = False


@dataclass(slots=True)
class _Refresh:
    at: float
    spent: bool = False


def challenge_of(verifier: str) -> str:
    """PKCE S256: base64url without padding of the SHA-256 of the verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class ZaloOAAuth(ZaloOAPeople):
    """`/v4/oa/permission` and `/v4/oa/access_token`. `old_access_dies`: a refresh ends the earlier access token."""

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.old_access_dies = False
        self._codes: dict[str, _Consent] = {}
        self._refreshes: dict[str, _Refresh] = {}
        self._accesses: dict[str, float] = {}
        self._made = 0

    def grant(self) -> tuple[str, str]:
        """A fresh (access token, refresh token), as the API explorer hands out."""
        self._made += 1
        if self.old_access_dies:
            self._accesses.clear()
        access, refresh = f"twin-access-{self._made}", f"twin-refresh-{self._made}"
        self._accesses[access] = self.now() + ACCESS_LIVES
        self._refreshes[refresh] = _Refresh(self.now())
        return access, refresh

    def consent(self, code_challenge: str) -> str:
        """An admin of the account says yes: the code that arrives at the callback, good for ten minutes and one use."""
        code = f"twin-code-{len(self._codes) + 1}"
        self._codes[code] = _Consent(code_challenge, self.now())
        return code

    def revoke(self) -> None:
        """An admin withdraws the app: every token dies."""
        self._accesses.clear()
        self._refreshes.clear()

    def refresh_state(self, token: str) -> str:
        """`fresh`, `spent`, `expired` or `unknown`."""
        known = self._refreshes.get(token)
        if known is None:
            return "unknown"
        if known.spent:
            return "spent"
        return "fresh" if self.now() - known.at < REFRESH_LIVES else "expired"

    def _access_state(self, headers: Mapping[str, str]) -> int:
        """0, or the error: -216 for no or a wrong token (also when it came as Authorization), -220 for an old one."""
        ends = self._accesses.get(headers.get("access_token", ""))
        if ends is None:
            return -216
        return 0 if self.now() < ends else -220

    def _permission(self, call: Call) -> Reply:
        """The consent page, with an admin who says yes at once."""
        if call.params.get("app_id") != self.app_id:
            raise refuse(-14002, "Invalid app id")
        redirect = str(call.params.get("redirect_uri", ""))
        if not redirect:
            raise refuse(-14003, "Invalid redirect uri")
        code = self.consent(str(call.params.get("code_challenge", "")))
        query = {"oa_id": self.oa_id, "code": code}
        if state := call.params.get("state"):
            query["state"] = str(state)
        return Reply(302, b"", None, "text/html", (("Location", f"{redirect}?{urlencode(query)}"),))

    def _token(self, call: Call) -> Reply:
        params = call.params
        if call.headers.get("secret_key") != self.app_secret or params.get("app_id") != self.app_id:
            raise refuse(_BAD_SECRET, "Invalid secret key")
        if params.get("grant_type") == "authorization_code":
            consent = self._codes.get(str(params.get("code")))
            if consent is None or consent.spent or self.now() - consent.at > CODE_LIVES:
                raise refuse(_BAD_CODE, "Invalid authorization code")
            consent.spent = True
            verifier = str(params.get("code_verifier", ""))
            if len(verifier) != 43 or challenge_of(verifier) != consent.challenge:
                raise refuse(_BAD_VERIFIER, "Invalid code verifier")
        elif params.get("grant_type") == "refresh_token":
            token = str(params.get("refresh_token"))
            if self.refresh_state(token) != "fresh":
                raise refuse(_BAD_REFRESH, "Invalid refresh token")
            self._refreshes[token].spent = True
        else:
            raise refuse(-14001, "Invalid grant type")
        access, refresh = self.grant()
        value: Json = {"access_token": access, "refresh_token": refresh, "expires_in": str(int(ACCESS_LIVES))}
        return Reply(200, encode(value), value)
