"""What is sent and told, as JSON has it: the names that programs rely on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_MAX_TEXT = 4_096  # characters of a message, as many as anywhere
_MAX_PIECE = 8_192  # characters of a text whose meaning alone is asked for
_MAX_TEXTS = 2_048
_MAX_ID = 200

Text = Annotated[str, Field(min_length=1, max_length=_MAX_TEXT)]
Piece = Annotated[str, Field(min_length=1, max_length=_MAX_PIECE)]
Id = Annotated[str, Field(min_length=1, max_length=_MAX_ID)]
Conversation = Annotated[
    str,
    Field(
        max_length=_MAX_ID,
        description="As the bot gave it in an answer; one that it does not know starts anew.",
    ),
]
Language = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$",
        description="The code of the person's language; the bot's own where it is left out.",
    ),
]


_A_OR_B: list[Any] = [{"required": ["a"]}, {"required": ["b"]}]
_ONE_OF_BOTH: dict[str, Any] = {
    "oneOf": [
        {"required": ["a", "b"], "not": {"required": ["pairs"]}},
        {"required": ["pairs"], "not": {"anyOf": _A_OR_B}},
    ]
}
Standing = Literal["waiting", "talking"]


class Body(BaseModel):
    """What is sent. What is not known is refused, so that a typing error is no silence."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskBody(Body):
    """A message of a person."""

    text: Text
    conversation: Conversation | None = None
    language: Language | None = None


class ChooseBody(Body):
    """A choice of what was offered, or a question to be shown."""

    choice: Id | None = Field(
        description="The id of a choice, of a related question or of one of a topic; null for "
        "none of these, and for not this one."
    )
    conversation: Conversation | None = None
    language: Language | None = None


class FeedbackBody(Body):
    """Whether an answer helped."""

    conversation: Conversation
    decision: Id = Field(description="As the answer has it.")
    helpful: bool


class PersonBody(Body):
    """Somebody wants a person."""

    conversation: Conversation | None = None
    text: Text | None = Field(None, description="What it is about; else what was asked last.")
    name: str | None = Field(None, max_length=_MAX_ID, description="What they call themselves.")
    language: Language | None = None


class ConversationBody(Body):
    """A conversation."""

    conversation: Conversation


class Pair(Body):
    """Two texts."""

    a: Piece
    b: Piece


class SimilarityBody(Body):
    """Two texts, or many pairs of them."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_BOTH)

    a: Piece = ""
    b: Piece = ""
    pairs: list[Pair] = Field([], min_length=1, max_length=_MAX_TEXTS)

    @model_validator(mode="after")
    def is_one_of_both(self) -> SimilarityBody:
        """Either the two, or pairs."""
        if (not self.a) != (not self.b) or bool(self.a) == bool(self.pairs):
            raise ValueError("a and b are needed, or pairs; send one of both")
        return self


class EmbeddingsBody(Body):
    """As OpenAI has it."""

    input: Piece | Annotated[list[Piece], Field(min_length=1, max_length=_MAX_TEXTS)]
    model: Id | None = Field(None, description="That of config.yaml, where it is left out.")
    encoding_format: Literal["float", "base64"] = "float"
    user: str | None = Field(None, description="Is not looked at.")


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

    kind: str = Field(description="photo or document")
    url: str = Field(description="Where it is; one that begins with / is on this server.")
    name: str = Field(description="What the file is called; may be empty.")
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


class Regret(BaseModel):
    """What the bot says to whoever was not helped."""

    reply: Reply


class Said(BaseModel):
    """Something that the team, or the bot about it, says to a visitor by itself."""

    id: int = Field(description="Send the last one as after, to be told what has come since.")
    message: int = Field(
        description="The same of all that is about one message: a later one takes its place."
    )
    at: float = Field(description="Seconds since 1970.")
    decision: str | None = Field(description="What feedback about it is about.")
    asks_if_helped: bool = Field(description="It asks whether the team helped.")
    from_team: bool = Field(description="The team says it; else the bot does, about the team.")
    reply: Reply | None = Field(description="null: the message is taken back.")


class Messages(BaseModel):
    """What has come."""

    messages: list[Said]
    team: Standing | None


class Topic(BaseModel):
    """Questions that belong together."""

    name: str
    questions: list[Choice]


class Topics(BaseModel):
    """What can be looked through."""

    topics: list[Topic]


class Privacy(BaseModel):
    """What is remembered, as it is configured."""

    text: str
    keep_text: str = Field(description="none, unanswered or all")
    retention_days: int


class KeptQuestion(BaseModel):
    """A message that is remembered."""

    at: float
    text: str | None = Field(description="null where the words are not kept.")
    decision: str
    action: str
    entry: str | None
    said: list[str] = Field(description="What was said of it: choice, none, up, down …")


class MyData(BaseModel):
    """All that is remembered of a conversation."""

    text: str = Field(description="The same for people.")
    questions: list[KeptQuestion]
    with_team: int = Field(description="How many conversations with the team are kept.")


class Similarity(BaseModel):
    """How alike texts are."""

    scores: list[float] = Field(description="A cosine for each pair, -1 to 1, in their order.")


class Embedding(BaseModel):
    """A vector."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class Usage(BaseModel):
    """As OpenAI counts."""

    prompt_tokens: int
    total_tokens: int


class Embeddings(BaseModel):
    """As OpenAI has it."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: Usage


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
    action: str = Field(description="answer, follow_up or fallback")
    entry: str | None
    score: float
    raw: float | None
    candidates: list[Candidate]
    reason: str
    tentative: bool = False
    small_talk: str | None = None
    unavailable: bool = Field(
        False, description="Nothing could be compared now; it may be asked again."
    )
    confidence: float | None = None
    parts: list[Part] = []
    language: str | None = Field(description="In which it is said, where that is known.")
    team: Standing | None = Field(
        description="waiting or talking, where what is written here goes to the team, whose words "
        "/v1/messages tells; then the reply may be empty."
    )
    reply: Reply


class Problem(BaseModel):
    """What is wrong with a request (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = Field(description="One sentence.")
