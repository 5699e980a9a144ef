"""What is sent and told, as JSON has it: the names that programs rely on."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_MAX_TEXT = 4_096  # characters of a message, as many as anywhere
_MAX_ID = 200

Text = Annotated[str, Field(min_length=1, max_length=_MAX_TEXT)]
Id = Annotated[str, Field(min_length=1, max_length=_MAX_ID)]
Conversation = Annotated[
    str,
    Field(
        max_length=_MAX_ID,
        description="As the bot gave it in an answer; one that it does not know starts anew.",
        examples=["5f0c9a7e1d3b4826a7c1e0f9d2b3c4a5"],
    ),
]
Language = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$",
        description="The code of the person's language; the bot's own where it is left out.",
        examples=["en"],
    ),
]


class Body(BaseModel):
    """What is sent. What is not known is refused, so that a typing error is no silence."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskBody(Body):
    """A message of a person."""

    text: Text = Field(examples=["How do I get a refund?"])
    conversation: Conversation | None = None
    language: Language | None = None


class ChooseBody(Body):
    """A choice of what was offered, or a question to be shown."""

    choice: Id | None = Field(
        description="The id of a choice, of a related question or of one of a topic; null for "
        "none of these, and for not this one.",
        examples=["refund"],
    )
    conversation: Conversation | None = None
    language: Language | None = None


class FeedbackBody(Body):
    """Whether an answer helped."""

    conversation: Conversation
    decision: Id = Field(description="As the answer has it.", examples=["0123456789abcdef"])
    helpful: bool


class Choice(BaseModel):
    """A question that can be chosen."""

    id: str
    label: str


class Link(BaseModel):
    """A web page that goes with an answer."""

    text: str
    url: str


class Attachment(BaseModel):
    """A file that goes with an answer."""

    kind: str = Field(description="photo or document", examples=["photo"])
    url: str = Field(description="Where it is; one that begins with / is on this server.")
    caption: str


class Reply(BaseModel):
    """What the bot says, as every channel says it."""

    text: str = Field(description="Plain text; links stand as: text (address).")
    html: str = Field(
        description="The same with its formatting. Of HTML there are strong, em, s, code, pre, "
        "blockquote, br, and a with an address that begins with http, and nothing else."
    )
    choices: list[Choice] = Field(description="Of a follow-up, best first.")
    none_of_these: str | None = Field(
        description="What stands on the button for none of the choices, which sends null; null "
        "where there are no choices."
    )
    tentative: bool = Field(description="This is the answer of what was probably meant.")
    not_this: str | None = Field(
        description="What stands on the button under a tentative answer for: not this one. It "
        "sends null, too."
    )
    related: list[Choice] = Field(description="Questions offered under an answer.")
    links: list[Link]
    attachments: list[Attachment]
    topics: list[str] = Field(description="What can be looked through instead.")
    ask_person: str | None = Field(
        description="What stands on the button that asks for a person; null where there is none."
    )
    feedback: bool = Field(description="Whether it makes sense to ask if this helped.")


class Candidate(BaseModel):
    """An entry that came near."""

    entry: str
    score: float
    raw: float | None
    phrasing: str


class Part(BaseModel):
    """What was decided on a part of a message."""

    action: str
    entry: str | None
    score: float


class Answer(BaseModel):
    """What was decided, as `ask --json` has it, and what the bot says."""

    conversation: str
    decision: str | None = Field(
        description="Names it for /v1/feedback; null where it is not kept."
    )
    text: str
    action: str = Field(description="answer, follow_up or fallback", examples=["answer"])
    entry: str | None
    score: float
    raw: float | None
    candidates: list[Candidate]
    reason: str
    tentative: bool = False
    small_talk: str | None = None
    confidence: float | None = None
    parts: list[Part] = []
    language: str | None = Field(description="In which it is said, where that is known.")
    reply: Reply


class Problem(BaseModel):
    """What is wrong with a request (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str = Field(description="One sentence.")


PROBLEM: dict[str, Any] = {
    "description": "It cannot be done; the body says why.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
