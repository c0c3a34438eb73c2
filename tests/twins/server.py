"""The HTTP half of a twin: one request in, one answer out, and everything that can be made to go wrong between.

A plain aiohttp server without a router: benchmarks drive several thousand calls a second through it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.twins.faults import Fault, FaultScript, RefusalError, Reply
from tests.twins.reading import encode
from tests.twins.records import Call, RecordFile, Upload

Sleep = Callable[[float], Awaitable[None]]

_LARGEST_BODY = 64 * 1024 * 1024


class TwinServer:
    """Listens on loopback, records each call, lets it meet its fault, and answers.

    A platform says what its methods do: `_identify`, `_serve`, `_refusal`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
        record: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.now = now
        self.sleep: Sleep = sleep
        self.calls: list[Call] = []
        self.url = ""
        self.port = 0
        self._record = RecordFile(record) if record is not None else None
        self._script = FaultScript(random.Random(seed))
        self._watchers: list[tuple[Callable[[], object], asyncio.Future[None]]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._runner: web.ServerRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._closing = asyncio.Event()
        self._hosted: dict[str, Upload] = {}

    # --- start and stop ---------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> Self:
        """Listens on 127.0.0.1; port 0 takes a free one. Sets `url` (no trailing slash) and `port`."""
        server = web.Server(
            self._handle, request_factory=self._make_request, handler_cancellation=True, access_log=None
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def stop(self) -> None:
        """Stops listening, ends what hangs, closes the record."""
        self._closing.set()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()
        if self._record is not None:
            self._record.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- for the platforms ------------------------------------------------------------------------------------------

    async def _identify(self, request: web.BaseRequest, call: Call) -> Reply | None:
        """Sets `call.method` and reads the parameters; a Reply ends the call here (no such path, wrong token)."""
        raise NotImplementedError

    async def _serve(self, request: web.BaseRequest, call: Call) -> Reply:
        """Does what the call asks. Raises RefusalError for the platform's no."""
        raise NotImplementedError

    def _refusal(self, call: Call, refusal: RefusalError) -> Reply:
        """The platform's own bytes for a no."""
        raise NotImplementedError

    def host(self, data: bytes, name: str = "anh.jpg", mime: str = "image/jpeg") -> str:
        """Puts a file on the platform's own shelf and gives its address; fetching it is a call of method `file`."""
        path = f"/files/{len(self._hosted)}/{name}"
        self._hosted[path] = Upload(name, mime, data)
        return self.url + path

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _session(self) -> aiohttp.ClientSession:
        """The twin's own HTTP client, for webhooks and for fetching pictures."""
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=40), trust_env=False, skip_auto_headers=("User-Agent",)
            )
        return self._client

    def _changed(self) -> None:
        for watcher in list(self._watchers):
            predicate, future = watcher
            if not future.done() and predicate():
                future.set_result(None)
                self._watchers.remove(watcher)

    # --- one call ---------------------------------------------------------------------------------------------------

    def _make_request(
        self, message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_LARGEST_BODY)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/_twin/"):
            return await self._control(request)
        call = Call(len(self.calls) + 1, self.now(), headers=request.headers)
        self.calls.append(call)
        try:
            try:
                if request.path in self._hosted:
                    call.method, call.params["path"], reply = "file", request.path, None
                else:
                    reply = await self._identify(request, call)
            except RefusalError as refusal:
                reply = self._refusal(call, refusal)
            if reply is None:
                fault = self._script.take(call) if self._script.rules else None
                if fault is not None:
                    return await self._suffer(request, call, fault)
                reply = await self._perform(request, call)
            return await self._write(request, call, reply)
        finally:
            self._finished(call)
            self._settle(call)

    async def _perform(self, request: web.BaseRequest, call: Call) -> Reply:
        try:
            hosted = self._hosted.get(request.path)
            if hosted is not None:
                reply = Reply(200, hosted.data, None, hosted.mime)
            else:
                reply = await self._serve(request, call)
        except RefusalError as refusal:
            return self._refusal(call, refusal)
        call.accepted = True
        call.answer = reply.value
        return reply

    async def _suffer(self, request: web.BaseRequest, call: Call, fault: Fault) -> web.StreamResponse:
        call.fault = fault.name
        if fault.before:
            # The caller may give up meanwhile; a platform that is merely slow performs the call all the same.
            reply = await asyncio.shield(self._spawn(self._late(request, call, fault.before)))
        elif fault.accept:
            reply = await self._perform(request, call)
        else:
            reply = Reply()
        if fault.refusal is not None:
            reply = self._refusal(call, fault.refusal)
        elif fault.reply is not None:
            reply = fault.reply
        elif fault.reshape is not None:
            value = fault.reshape(reply.value)
            reply = Reply(reply.status, encode(value), value)
        if fault.after or fault.silent or fault.dribble:
            self._settle(call)
        if fault.after:
            await self.sleep(fault.after)
        if fault.silent:
            await self._closing.wait()
        if fault.silent or fault.cut == "connection":
            return self._break(request)
        if fault.cut == "body" or fault.dribble:
            return await self._write_badly(request, call, reply, fault)
        return await self._write(request, call, reply)

    def _finished(self, call: Call) -> None:
        """A call has ended, well or badly."""

    async def _late(self, request: web.BaseRequest, call: Call, seconds: float) -> Reply:
        await self.sleep(seconds)
        reply = await self._perform(request, call)
        self._settle(call)
        return reply

    async def _write(self, request: web.BaseRequest, call: Call, reply: Reply) -> web.StreamResponse:
        response = web.Response(body=reply.body, status=reply.status, content_type=reply.content_type)
        for name, value in reply.headers:
            response.headers[name] = value
        call.status = reply.status
        call.answer = reply.value
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return response
        call.answered = request.transport is not None
        return response

    async def _write_badly(
        self, request: web.BaseRequest, call: Call, reply: Reply, fault: Fault
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers={"Content-Type": reply.content_type})
        response.content_length = len(reply.body)
        call.status = reply.status
        call.answer = reply.value
        try:
            await response.prepare(request)
            if fault.cut == "body":
                await response.write(reply.body[: len(reply.body) // 2])
                return self._break(request, response)
            for at in range(len(reply.body)):
                await response.write(reply.body[at : at + 1])
                await self.sleep(fault.dribble / len(reply.body))
            await response.write_eof()
        except ConnectionError:
            return response
        call.answered = True
        return response

    @staticmethod
    def _break(request: web.BaseRequest, response: web.StreamResponse | None = None) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort() if response is None else request.transport.close()
        return response if response is not None else web.Response()

    def _settle(self, call: Call) -> None:
        if self._record is not None:
            self._record.write(call)
        if self._watchers:
            self._changed()

    async def _control(self, request: web.BaseRequest) -> web.StreamResponse:
        """Requests below /_twin/: the test's own, not the platform's."""
        raise NotImplementedError
