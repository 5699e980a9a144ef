"""What the description of the API shows of each operation: something sent, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

from bot.channels.http import shapes
from bot.channels.http.problems import CONTENT_TYPE

CONVERSATION: Final = "5f0c9a7e1d3b4826a7c1e0f9d2b3c4a5"
_DECISION = "65b0ca375229bea6"
_REFUND = "How do I get a refund?"


@dataclass(frozen=True, slots=True)
class Example:
    """Of one operation.

    Attributes:
        sent: the body; None where there is none.
        told: the answer; None where it is empty, or no JSON.
        query: by the names of parameters.
    """

    sent: shapes.Body | None = None
    told: BaseModel | None = None
    query: Mapping[str, str | int] | None = None


def _reply(text: str, **more: Any) -> shapes.Reply:
    nothing: dict[str, Any] = dict.fromkeys(("none_of_these", "not_this", "ask_person"))
    nothing |= {"tentative": False, "feedback": False}
    nothing |= {name: [] for name in ("choices", "related", "links", "attachments", "topics")}
    html = escape(text).replace("\n", "<br>\n")
    return shapes.Reply(text=text, html=html, **nothing | more)


def _answer(reply: shapes.Reply, **more: Any) -> shapes.Answer:
    chosen = "it was chosen, or asked for by a command; nothing was compared"
    usual: dict[str, Any] = {
        "decision": None,
        "text": "",
        "action": "answer",
        "entry": "refund-time",
        "score": 0.0,
    }
    usual |= {"raw": None, "candidates": [], "reason": chosen, "language": "en", "team": None}
    return shapes.Answer(conversation=CONVERSATION, reply=reply, **usual | more)


_PAID_BACK = "We refund a return within 5 working days of its arrival, and e-mail you."
_RELATED = [shapes.Choice(id="return-cost", label="Do I have to pay for a return?")]
_SAID = shapes.Said(
    id=1,
    message=1,
    at=1_795_941_243.8,
    decision=None,
    asks_if_helped=False,
    from_team=True,
    reply=_reply(
        "Our team says:\nIs it this one?",
        attachments=[
            shapes.Attachment(
                kind="photo",
                url="/files/b0fb84c9c59ba70c5a58e287cf2ca95fedde7fa92f3cedb7",
                name="",
                caption="",
            )
        ],
    ),
)
_KEPT = shapes.KeptQuestion(
    at=1_795_941_243.6,
    text=_REFUND,
    decision=_DECISION,
    action="answer",
    entry="refund-time",
    said=["up"],
)
_THIS = shapes.ConversationBody(conversation=CONVERSATION)
_BY_NAME = {"conversation": CONVERSATION}

EXAMPLES: Final[Mapping[str, Example]] = {
    "POST /v1/ask": Example(
        shapes.AskBody(text=_REFUND, language="en"),
        _answer(
            _reply(_PAID_BACK, related=_RELATED, feedback=True),
            decision=_DECISION,
            text=_REFUND,
            score=0.8001,
            raw=0.8115,
            candidates=[
                shapes.Candidate(
                    entry="refund-time", score=0.8001, raw=0.8115, phrasing="Where is my refund?"
                )
            ],
            reason="0.8001 is above the answer line 0.75",
        ),
    ),
    "POST /v1/choose": Example(
        shapes.ChooseBody(choice="refund-time", conversation=CONVERSATION),
        _answer(_reply(_PAID_BACK, related=_RELATED, feedback=True), decision=_DECISION),
    ),
    "POST /v1/feedback": Example(
        shapes.FeedbackBody(conversation=CONVERSATION, decision=_DECISION, helpful=False),
        shapes.Regret(reply=_reply("I'm sorry that didn't help. Could you put it another way?")),
    ),
    "POST /v1/person": Example(
        shapes.PersonBody(conversation=CONVERSATION, text="My parcel came open.", name="Ada"),
        _answer(
            _reply("I've told our team. Somebody will write to you here."),
            text="My parcel came open.",
            action="fallback",
            entry=None,
            team="waiting",
        ),
    ),
    "POST /v1/close": Example(_THIS),
    "GET /v1/messages": Example(
        None,
        shapes.Messages(messages=[_SAID], team="talking"),
        {**_BY_NAME, "after": 0, "wait": 20},
    ),
    "GET /v1/topics": Example(
        None,
        shapes.Topics(topics=[shapes.Topic(name="returns", questions=_RELATED)]),
        {"language": "en"},
    ),
    "GET /v1/privacy": Example(
        None,
        shapes.Privacy(text="What I remember: …", keep_text="unanswered", retention_days=90),
        {"language": "en"},
    ),
    "GET /v1/mydata": Example(
        None,
        shapes.MyData(text="This is what I keep about you: …", questions=[_KEPT], with_team=0),
        _BY_NAME,
    ),
    "POST /v1/forget": Example(_THIS),
    "POST /v1/similarity": Example(
        shapes.SimilarityBody.model_validate(
            {"a": "Where is my order?", "b": "My parcel has not arrived."}
        ),
        shapes.Similarity(scores=[0.489981]),
    ),
    "POST /v1/embeddings": Example(
        shapes.EmbeddingsBody.model_validate(
            {"input": ["one text", "another"], "model": "all-MiniLM-L6-v2"}
        ),
        shapes.Embeddings(
            object="list",
            data=[
                shapes.Embedding(object="embedding", index=0, embedding=[0.0123, -0.0456, 0.0789]),
                shapes.Embedding(object="embedding", index=1, embedding=[0.0321, 0.0654, -0.0987]),
            ],
            model="all-MiniLM-L6-v2",
            usage=shapes.Usage(prompt_tokens=5, total_tokens=5),
        ),
    ),
}
_PROBLEMS: Final = {
    400: "The body is no JSON: Expecting value.",
    401: "A key is needed, in the header Authorization: Bearer KEY.",
    403: "Our team has blocked this conversation.",
    404: "There is no conversation by this name.",
    405: "/v1/ask does not take GET; it takes POST.",
    408: "The body did not come to its end in time; send it again.",
    409: "There is nobody behind the bot who could be asked.",
    413: "The body is too large; at most 65,536 bytes are taken here.",
    415: "The body must be JSON, with the header Content-Type: application/json.",
    422: "text is missing.",
    429: "That was a lot at once from this conversation; send it again in 60 seconds.",
    503: "It could not be erased just now; send it again in a few minutes.",
}
_JSON = "application/json"


def problems() -> dict[int | str, dict[str, Any]]:
    """What every operation may answer instead, by status."""
    schema = {"$ref": "#/components/schemas/Problem"}
    found: dict[int | str, dict[str, Any]] = {}
    for status, detail in _PROBLEMS.items():
        title = HTTPStatus(status).phrase
        told = shapes.Problem(type="about:blank", title=title, status=status, detail=detail)
        content = {"schema": schema, "example": told.model_dump()}
        found[status] = {"description": title, "content": {CONTENT_TYPE: content}}
    return found


def add_examples(schema: Mapping[str, Any]) -> None:
    """Have a description show them.

    Args:
        schema: an OpenAPI document.
    """
    for name, example in EXAMPLES.items():
        method, path = name.split()
        operation = schema["paths"][path][method.lower()]
        if example.sent is not None:
            sent = example.sent.model_dump(exclude_unset=True)
            operation["requestBody"]["content"][_JSON]["example"] = sent
        if example.told is not None:
            told = example.told.model_dump(exclude_unset=True)
            operation["responses"]["200"]["content"][_JSON]["example"] = told
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in (example.query or {}):
                parameter["example"] = (example.query or {})[parameter["name"]]
