"""The real client libraries, pointed at a twin."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.twins.telegram import TelegramTwin
from tests.twins.zalo_oa import CONSULT, OAUTH, ZaloOATwin


class PromptSession(AiohttpSession):
    """aiogram's session without the quarter of a second that it rests after closing, for the sake of TLS."""

    async def close(self) -> None:
        if self._session is not None and not self._session.closed:
            await self._session.close()


def telegram_bot(twin: TelegramTwin, timeout: float = 60.0) -> Bot:
    """aiogram's Bot at a twin; use as `async with`. `timeout` in real seconds."""
    return Bot(twin.token, session=PromptSession(api=TelegramAPIServer.from_base(twin.url), timeout=timeout))


class OAClient:
    """Plain calls to the Official Account twin; `token` is the access token it holds, `refresh_token` the first one."""

    def __init__(self, twin: ZaloOATwin, http: aiohttp.ClientSession) -> None:
        self.twin, self.http = twin, http
        self.token, self.refresh_token = twin.grant()

    async def post(self, path: str, body: Any) -> Any:
        """POST of JSON with the token: the body of the answer, which must be HTTP 200."""
        async with self.http.post(self.twin.url + path, json=body, headers={"access_token": self.token}) as response:
            assert response.status == 200
            return json.loads(await response.read())

    async def get(self, path: str, **query: str) -> Any:
        """GET with the token: the body of the answer."""
        headers = {"access_token": self.token}
        async with self.http.get(self.twin.url + path, params=query, headers=headers) as response:
            return json.loads(await response.read())

    async def oauth(self, secret: str = "twin-app-secret", **form: str) -> Any:
        """The token endpoint."""
        form = {"app_id": self.twin.app_id, **form}
        async with self.http.post(self.twin.url + OAUTH, data=form, headers={"secret_key": secret}) as response:
            assert response.status == 200
            return json.loads(await response.read())

    async def refresh(self, token: str) -> Any:
        """New tokens for a refresh token, or the error."""
        return await self.oauth(grant_type="refresh_token", refresh_token=token)

    async def consult(self, message: Any, user_id: str = "246845883529197922") -> Any:
        """A consultation message."""
        return await self.post(CONSULT, {"recipient": {"user_id": user_id}, "message": message})
