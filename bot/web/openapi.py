"""The API describes itself: `/api/v1/openapi.json`, and a page that reads it without any script."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import msgspec
from aiohttp import web

from bot.web.dossier_bodies import NewDossier, NewEvent, NewSteps

_CODE = {"name": "code", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 200}}


def _query(name: str, kind: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": {"type": kind}}


def _operation(
    about: str,
    answers: dict[int, str],
    *,
    key: str = "",
    parameters: list[dict[str, Any]] | None = None,
    body: str = "",
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": about,
        "responses": {str(status): {"description": said} for status, said in answers.items()},
    }
    if parameters:
        operation["parameters"] = parameters
    if body:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body}"}}}
        operation["requestBody"] = {"required": True, "content": content}
    if key:
        operation["security"] = [{"key": []}]
        operation["description"] = f"Needs a key with the scope {key}."
        operation["responses"] |= {"401": {"description": "no key"}, "403": {"description": f"no scope {key}"}}
    return operation


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    bodies = (NewDossier, NewEvent, NewSteps)
    _, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    missing = {400: "a parameter or the body is wrong", 404: "no dossier with this code"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Một Cửa", "version": "1", "description": "Errors are {error: key, detail: text}."},
        "components": {"schemas": components, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/api/v1/procedures": {
                "get": _operation(
                    "Procedures by words or field",
                    {200: "found", 400: "a parameter is wrong"},
                    parameters=[
                        _query("q", "string", "words"), _query("field", "string", "one field"),
                        _query("limit", "integer", "1 to 100, 20 by default"),
                    ],
                )
            },
            "/api/v1/procedures/{code}": {
                "get": _operation("One procedure as shown now", {200: "found", 404: "unknown"}, parameters=[_CODE])
            },
            "/api/v1/dossiers": {
                "post": _operation(
                    "File a dossier",
                    {201: "filed", 400: missing[400], 409: "this code exists"},
                    key="write", body="NewDossier",
                ),
                "get": _operation(
                    "Dossiers by code", {200: "found", 400: missing[400]}, key="read",
                    parameters=[
                        _query("status", "integer", "1 to 10"), _query("due_before", "string", "a time in ISO 8601"),
                        _query("agency", "string", "the competent agency"), _query("limit", "integer", "1 to 500"),
                        _query("after", "string", "the last code of the page before"),
                    ],
                ),
            },
            "/api/v1/dossiers/{code}": {
                "get": _operation(
                    "One dossier with its steps", {200: "found", 404: missing[404]}, key="read", parameters=[_CODE]
                )
            },
            "/api/v1/dossiers/{code}/receipts": {
                "post": _operation(
                    "Make the owner's one-time code", {201: "made", 404: missing[404]}, key="write", parameters=[_CODE]
                )
            },
            "/api/v1/reports/counts": {
                "get": _operation(
                    "The count book", {200: "counted", 400: missing[400]}, key="read",
                    parameters=[
                        _query("from", "string", "a day"), _query("to", "string", "a day"),
                        _query("by", "string", "agency, field, procedure, channel, month, quarter or year"),
                    ],
                )
            },
            "/api/v1/dossiers/{code}/events": {
                "post": _operation(
                    "Record an event. A later due_at is taken once; an earlier one, and the date that holds after "
                    "papers or a payment came, always",
                    {
                        201: "recorded", 200: "recorded before", **missing,
                        409: "impossible transition, or the date was moved once already (extension-used)",
                    },
                    key="write", parameters=[_CODE], body="NewEvent",
                )
            },
            "/api/v1/dossiers/{code}/steps": {
                "post": _operation(
                    "Plan the steps: which agency does what until when. A hand-over to the agency of the next step "
                    "ends the running one and starts that; the end of the dossier ends it",
                    {
                        201: "planned", 200: "planned so before", **missing,
                        409: "a step after the dossier's own date, a step that is done would be lost, or it has ended",
                    },
                    key="write", parameters=[_CODE], body="NewSteps",
                )
            },
        },
    }  # fmt: skip


def routes() -> list[web.RouteDef]:
    """The routes to add."""

    async def described(request: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(document()), content_type="application/json")

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=_page(document()), content_type="text/html")

    return [web.get("/api/v1/openapi.json", described), web.get("/api/v1/docs", page)]


@cache
def _rows() -> str:
    rows = []
    for path, operations in document()["paths"].items():
        for verb, operation in operations.items():
            said = "; ".join(f"{status} {one['description']}" for status, one in sorted(operation["responses"].items()))
            about = f"{operation['summary']}. {operation.get('description', '')}"
            cells = (f"<code>{verb.upper()} {escape(path)}</code>", escape(about), escape(said))
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join(rows)


def _page(described: dict[str, Any]) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(described["info"]["title"])} API</title>
<link rel="stylesheet" href="/static/base.css"></head>
<body><main><h1>{escape(described["info"]["title"])} API</h1>
<p>Send <code>Authorization: Bearer &lt;api key&gt;</code>. {escape(described["info"]["description"])}
The machine-readable form is <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<table><thead><tr><th>Route</th><th>Does</th><th>Answers</th></tr></thead><tbody>
{_rows()}
</tbody></table></main></body></html>"""
