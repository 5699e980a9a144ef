"""What can be asked over HTTP, as OpenAPI has it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from bot import __version__
from bot.channels.http.access import Access, headers_of
from bot.channels.http.problems import ProblemError, of_errors, of_status
from bot.channels.http.shapes import PROBLEM, Answer, AskBody, ChooseBody, Problem
from bot.channels.http.talks import Talks

_DESCRIPTION = (
    "Ask the bot what people ask it. Every error is a problem (RFC 9457) whose detail is one "
    "sentence. docs/http.md says how keys, limits and conversations work."
)
# What people write is nobody else's, whatever the environment says of collectors.
_UNWATCHED = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
_STATUSES = (400, 401, 403, 404, 408, 409, 413, 415, 422, 429)


def make_api(access: Access, talks: Talks) -> FastAPI:
    """The API."""
    api = FastAPI(
        title="FAQ bot",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # the pages that FastAPI has for it load programs of others
        redoc_url=None,
        responses=dict.fromkeys(_STATUSES, PROBLEM),
        telemetry=_UNWATCHED,
    )
    api.add_exception_handler(ProblemError, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(Exception, _broken)

    def pay(request: Request, chars: int = 0, conversation: str | None = None) -> None:
        access.pay(request.scope["caller"], chars, conversation or "")

    @api.post("/v1/ask", summary="Ask a question", response_model_exclude_unset=True)
    async def ask(body: AskBody, request: Request) -> Answer:
        """Answer a message, ask back, or say that the answer is not known."""
        pay(request, len(body.text), body.conversation)
        return await talks.ask(body.text, body.conversation, body.language)

    @api.post("/v1/choose", summary="Choose what was offered", response_model_exclude_unset=True)
    async def choose(body: ChooseBody, request: Request) -> Answer:
        """Answer a choice of the last follow-up, or show a question that was offered elsewhere."""
        pay(request, 0, body.conversation)
        return await talks.choose(body.choice, body.conversation, body.language)

    _describe(api)
    return api


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)  # noqa: S101
    return error.response()


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    has_json = "json" in headers_of(dict(request.scope)).get("content-type", "")
    problem, all_of_it = of_errors(error.errors(), has_json)
    return problem.response(**({"errors": all_of_it} if all_of_it else {}))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    allowed = (error.headers or {}).get("Allow", "")
    return of_status(error.status_code, request.url.path, request.method, allowed).response()


async def _broken(request: Request, error: Exception) -> JSONResponse:
    told = "Something went wrong here, and the log of the bot says what; please try again."
    return ProblemError(500, told).response()


def _describe(api: FastAPI) -> None:
    """Have OpenAPI name the problems and the key."""
    made = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = made()
            parts = schema.setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            schema["security"] = [{"key": []}, {}]
        return api.openapi_schema or {}

    api.openapi = openapi  # type: ignore[method-assign]
