"""What is told to whoever asks for something that cannot be had: problem details (RFC 9457)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

CONTENT_TYPE = "application/problem+json"
_SHOWN_CHARS = 40
# Of errors that Pydantic names: what is wrong, by marks of its context.
_WRONG = {
    "missing": "is missing",
    "string_type": "is no text",
    "string_too_short": "is empty; text is needed",
    "string_too_long": "has too many characters; at most {max_length} are possible",
    "string_unicode": "holds half of a character, a surrogate without the other",
    "string_pattern_mismatch": "is not of the form that is needed ({pattern})",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "too_short": "has too few items; at least {min_length} are needed",
    "too_long": "has too many items; at most {max_length} are possible",
    "greater_than_equal": "must be {ge} at least",
    "less_than_equal": "must be {le} at most",
    "literal_error": "must be {expected}",
    "extra_forbidden": "is not known here",
}
_NO_OBJECT = ("model_attributes_type", "model_type", "dict_type", "dict_attributes_type")


class ProblemError(Exception):
    """Ends a request.

    Args:
        status: of HTTP.
        detail: one sentence: what is there, what is needed, what to do.
        headers: that go with it.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})

    def response(self, **more: Any) -> JSONResponse:
        """What is sent of it."""
        title = HTTPStatus(self.status).phrase
        told = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        headers = self.headers
        return JSONResponse(told | more, self.status, headers, media_type=CONTENT_TYPE)


def too_many(wait_s: float, whose: str) -> ProblemError:
    """Somebody has sent too much.

    Args:
        wait_s: until there is room for the same once more.
    """
    seconds = max(1, math.ceil(wait_s))
    told = f"That was a lot at once from {whose}; send it again in {seconds} seconds."
    return ProblemError(429, told, {"Retry-After": str(seconds)})


def unread(status: int, most: int) -> ProblemError:
    """A body was not read.

    Args:
        status: see `HttpServer`.
        most: how many bytes would have been.
    """
    told = {
        400: "The body is not encoded as its headers say.",
        408: "The body did not come to its end in time; send it again.",
        413: f"The body is too large; at most {most:,} bytes are taken here.",
    }
    return ProblemError(status, told[status])


def of_status(status: int, path: str, method: str, allowed: str) -> ProblemError:
    """What FastAPI itself refuses: a path or a method that is none."""
    if status == 404:
        return ProblemError(
            404, f"There is nothing at {_shown(path)}; /openapi.json lists what is."
        )
    if status == 405:
        told = f"{_shown(path)} does not take {_shown(method)}; it takes {allowed}."
        return ProblemError(405, told, {"Allow": allowed})
    if status == 400:
        return ProblemError(400, "The body is no JSON that can be read; it must be UTF-8.")
    return ProblemError(status, f"{HTTPStatus(status).phrase}.")


def of_errors(errors: Sequence[Mapping[str, Any]], has_json: bool) -> tuple[ProblemError, Any]:
    """What is wrong with a request, as Pydantic found it: the first of it as a sentence, and all.

    Args:
        has_json: the body is said to be JSON.
    """
    if errors[0]["type"] == "json_invalid":
        reason = errors[0].get("ctx", {}).get("error", "it cannot be read")
        return ProblemError(400, f"The body is no JSON: {reason}."), []
    if errors[0]["type"] in _NO_OBJECT and tuple(errors[0]["loc"]) == ("body",) and not has_json:
        told = "The body must be JSON, with the header Content-Type: application/json."
        return ProblemError(415, told), []
    all_of_it = [{"pointer": _pointer(each["loc"]), "detail": _told(each)} for each in errors]
    return ProblemError(422, all_of_it[0]["detail"]), all_of_it


def _told(error: Mapping[str, Any]) -> str:
    place = ".".join(_place(error["loc"])) or "The body"
    wrong = _WRONG.get(error["type"])
    if error["type"] in _NO_OBJECT:
        wrong = "must be an object, such as {{}}"
    if wrong is None:
        return f"{_shown(place)}: {error['msg'].removeprefix('Value error, ')}."
    return f"{_shown(place)} {wrong.format(**error.get('ctx', {}))}."


def _place(found: Sequence[str | int]) -> list[str]:
    """Where something is wrong, without what Pydantic calls the kinds that it might be of."""
    _body, *rest = map(str, found)
    return rest[:1] + [each for each in rest[1:] if each.isidentifier() or each.isdecimal()]


def _pointer(found: Sequence[str | int]) -> str:
    escaped = (each.replace("~", "~0").replace("/", "~1") for each in _place(found))
    return "#/" + "/".join(escaped)


def _shown(text: str) -> str:
    flat = "".join(each if each.isprintable() else "?" for each in text)
    return flat if len(flat) <= _SHOWN_CHARS else f"{flat[: _SHOWN_CHARS - 1]}…"
