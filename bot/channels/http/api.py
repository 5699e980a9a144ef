"""What can be asked over HTTP, as OpenAPI has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from bot import __version__
from bot.channels.http.access import Access, Caller
from bot.channels.http.commands import Commands
from bot.channels.http.examples import add_examples, problems
from bot.channels.http.files import FOLDER, Files
from bot.channels.http.meaning import Meaning
from bot.channels.http.once import HEADER
from bot.channels.http.problems import ProblemError, of_errors, of_status
from bot.channels.http.shapes import (
    Answer,
    AskBody,
    Choice,
    ChooseBody,
    ConversationBody,
    Embeddings,
    EmbeddingsBody,
    FeedbackBody,
    Language,
    Messages,
    MyData,
    PersonBody,
    Privacy,
    Problem,
    Regret,
    Similarity,
    SimilarityBody,
    Topic,
    Topics,
)
from bot.channels.http.streams import Streams
from bot.channels.http.talks import Talks
from bot.service.http.callers import headers_of
from bot.service.live import Live

_DESCRIPTION = (
    "Ask the bot what people ask it. Every error is a problem (RFC 9457) whose detail is one "
    "sentence. docs/http.md says how keys, limits and conversations work."
)
# What people write is nobody else's, whatever the environment says of collectors.
_UNWATCHED = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
_NOTHING = {"description": "It is kept, and there is nothing to say."}
_EVENTS = {"content": {"text/event-stream": {"schema": {"type": "string"}}}}

Name = Annotated[str, Query(max_length=200, description="Of the conversation.")]
Lang = Annotated[Language | None, Query()]
Key = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=128,
        description="Names the request. Sent again with the same, it is not done again, and gets "
        "the answer that there was.",
    ),
]
Pay = Callable[..., Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Served:
    """What the API is made of."""

    access: Access
    talks: Talks
    commands: Commands
    streams: Streams
    meaning: Meaning
    files: Files
    live: Live


def make_api(served: Served) -> FastAPI:
    """The API."""
    api = FastAPI(
        title="FAQ bot",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # the pages that FastAPI has for it load programs of others
        redoc_url=None,
        responses=problems(),
        telemetry=_UNWATCHED,
    )
    api.add_exception_handler(ProblemError, _problem)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(Exception, _broken)

    async def pay(request: Request, chars: int = 0, conversation: str | None = None) -> str:
        caller: Caller = request.scope["caller"]
        await served.access.pay(caller, chars, conversation or "")
        return caller.name

    _add_talk(api, served, pay)
    _add_rights(api, served, pay)
    _add_meaning(api, served, pay)
    _add_files(api, served, pay)
    _describe(api)
    return api


def _add_talk(api: FastAPI, served: Served, pay: Pay) -> None:
    """What people do in a conversation."""
    talks, once = served.talks, served.talks.once
    post = partial(api.post, response_model_exclude_unset=True)

    @post("/v1/ask", summary="Ask a question")
    async def ask(body: AskBody, request: Request, key: Key = None) -> Answer:
        """Answer a message, ask back, or say that the answer is not known."""
        await pay(request, len(body.text), body.conversation)
        said = body.text, body.conversation, body.language
        return await once.answer(own(request, key), served.commands.answer, *said)

    @post("/v1/choose", summary="Choose what was offered")
    async def choose(body: ChooseBody, request: Request, key: Key = None) -> Answer:
        """Answer a choice of the last follow-up, or show a question that was offered elsewhere."""
        await pay(request, 0, body.conversation)
        said = body.choice, body.conversation, body.language
        return await once.answer(own(request, key), talks.choose, *said)

    @api.post("/v1/feedback", summary="Say whether it helped", responses={204: _NOTHING})
    async def feedback(body: FeedbackBody, request: Request) -> Regret:
        """Keep a judgement; whoever was not helped is told what else there is."""
        await pay(request, 0, body.conversation)
        regret = await talks.judge(body.conversation, body.decision, is_helpful=body.helpful)
        return Response(status_code=204) if regret is None else regret  # type: ignore[return-value]

    @post("/v1/person", summary="Ask a person")
    async def person(body: PersonBody, request: Request, key: Key = None) -> Answer:
        """Call the team; what is asked from then on goes to them."""
        await pay(request, len(body.text or ""), body.conversation)
        said = body.text, body.conversation, body.language, body.name or ""
        return await once.answer(own(request, key), talks.call_person, *said)

    @api.post("/v1/close", summary="End a conversation with the team", status_code=204)
    async def close(body: ConversationBody, request: Request) -> None:
        """The bot answers again."""
        await pay(request, 0, body.conversation)
        await talks.close(body.conversation)

    @api.get("/v1/messages", summary="Read what the team says", responses={200: _EVENTS})
    async def messages(
        request: Request,
        conversation: Name,
        after: Annotated[int, Query(ge=0, description="The last id that is known.")] = 0,
        wait: Annotated[float, Query(ge=0, le=25, description="Seconds, for something new.")] = 0,
    ) -> Messages:
        """By poll; or, with Accept: text/event-stream, as server-sent events."""
        await pay(request, 0, conversation)
        caller: Caller = request.scope["caller"]
        guest = "" if caller.has_key else caller.name
        headers = headers_of(dict(request.scope))
        if "text/event-stream" in headers.get("accept", ""):
            last = headers.get("last-event-id", "")
            after = int(last) if last.isdecimal() and len(last) < 10 else after
            await talks.messages(conversation, after)  # or it is no conversation
            served.streams.require_room(conversation, guest)
            events = served.streams.events(conversation, after, guest)
            headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
            return StreamingResponse(  # type: ignore[return-value]
                events, media_type="text/event-stream", headers=headers
            )
        said = await talks.messages(conversation, after)
        if wait and not said:
            served.streams.require_room(conversation, guest)
            with served.streams.waiting(conversation, guest):
                said = await talks.messages(conversation, after, wait)
        return Messages(messages=list(said), team=talks.standing(conversation))

    @api.get("/v1/topics", summary="Look through the questions")
    async def topics(request: Request, language: Lang = None) -> Topics:
        """The questions of each topic; /v1/choose shows one."""
        await pay(request)
        found = served.live.faq.topics(language)
        return Topics(
            topics=[
                Topic(
                    name=name,
                    questions=[
                        Choice(id=each.id, label=each.translated(language).question)
                        for each in entries
                    ],
                )
                for name, entries in found.items()
            ]
        )


def own(request: Request, key: str | None) -> str | None:
    """The key of a request, which is one among those of whoever has a key of the API.

    Guests are told from each other by nothing: their addresses change between two tries.
    """
    caller: Caller = request.scope["caller"]
    return f"{caller.name} {key}" if key is not None and caller.has_key else key


def _add_rights(api: FastAPI, served: Served, pay: Pay) -> None:
    """What the bot promises about what it remembers."""

    @api.get("/v1/privacy", summary="Read what is remembered")
    async def privacy(request: Request, language: Lang = None) -> Privacy:
        """As it is configured."""
        await pay(request)
        kept = served.live.matcher.settings.store
        told = served.commands.privacy(language)
        return Privacy(
            text=told, keep_text=kept.keep_text.value, retention_days=kept.retention_days
        )

    @api.get("/v1/mydata", summary="Read what is remembered of a conversation")
    async def mydata(request: Request, conversation: Name) -> MyData:
        """All of it; of a conversation that the bot does not know, nothing."""
        await pay(request, 0, conversation)
        return await served.talks.kept(conversation)

    @api.post("/v1/forget", summary="Erase a conversation", status_code=204)
    async def forget(body: ConversationBody, request: Request) -> None:
        """Erase all that is remembered of it, for good."""
        await pay(request, 0, body.conversation)
        await served.talks.forget(body.conversation)


def _add_meaning(api: FastAPI, served: Served, pay: Pay) -> None:
    """The model alone."""

    @api.post("/v1/similarity", summary="Compare texts")
    async def similarity(body: SimilarityBody, request: Request) -> Similarity:
        """How alike two texts are in meaning, or each of many pairs."""
        pairs = [(each.a, each.b) for each in body.pairs] or [(body.a, body.b)]
        owner = await pay(request, sum(len(a) + len(b) for a, b in pairs))
        return await served.meaning.alike(pairs, owner)

    @api.post("/v1/embeddings", summary="Embed texts")
    async def embeddings(body: EmbeddingsBody, request: Request) -> Embeddings:
        """Vectors of length 1, as OpenAI's API has them."""
        texts = [body.input] if isinstance(body.input, str) else body.input
        owner = await pay(request, sum(map(len, texts)))
        return await served.meaning.embeddings(body, owner)


def _add_files(api: FastAPI, served: Served, pay: Pay) -> None:
    """Files that replies lead to."""

    @api.get(f"{FOLDER}{{name}}", summary="Get a file of a reply", response_class=Response)
    async def file(name: str, request: Request) -> Response:
        """A picture or document, by the address that a reply's attachments have."""
        return await served.files.response(name, partial(pay, request))


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
    """Have OpenAPI name the problems and the key, and show examples."""
    made = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = made()
            parts = schema.setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
            parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            schema["security"] = [{"key": []}, {}]
            add_examples(schema)
        return api.openapi_schema or {}

    api.openapi = openapi  # type: ignore[method-assign]
