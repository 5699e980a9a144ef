"""The API of the true process, tried against its own description by schemathesis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.e2e.http_asking import Asking, serving_http
from tests.e2e.process import MakeConfig

LIMIT = "{burst: 10000, per_minute: 10000}"
_NUMBERS = count(1)
EXAMPLES = 20  # of each operation
OPERATIONS = (
    *("POST /v1/ask", "POST /v1/choose", "POST /v1/feedback", "GET /v1/topics"),
    *("POST /v1/person", "POST /v1/close", "GET /v1/privacy", "GET /v1/mydata"),
    *("POST /v1/forget", "POST /v1/similarity", "POST /v1/embeddings", "GET /v1/messages"),
    "GET /files/{name}",
)


@pytest.fixture(scope="module")
def api(make_config: MakeConfig) -> Iterator[Asking]:
    limits = f"limits: {{key: {LIMIT}, conversation: {LIMIT}}}"
    with serving_http(make_config, limits) as asking:
        yield asking


@pytest.fixture(scope="module")
def description(api: Asking) -> Any:
    return api.send("GET", "/openapi.json").json


def test_every_operation_is_described(description: Any) -> None:
    found = {
        f"{method.upper()} {path}"
        for path, methods in description["paths"].items()
        for method in methods
    }
    assert found == set(OPERATIONS)


def test_every_operation_shows_what_is_sent_and_what_is_answered(description: Any) -> None:
    for operation in OPERATIONS:
        method, path = operation.split()
        told = description["paths"][path][method.lower()]
        bodies = [told["requestBody"]] if "requestBody" in told else []
        bodies += [told["responses"][each] for each in told["responses"] if each != "default"]
        shown = [each for body in bodies for each in body.get("content", {}).items()]
        bare = [kind for kind, each in shown if "json" in kind and "example" not in each]
        assert (operation, bare) == (operation, [])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_answered_is_as_it_is_described(
    api: Asking, description: Any, operation: str
) -> None:
    """Also to what no caller should send."""
    import schemathesis

    method, path = operation.split()
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=f"http://127.0.0.1:{api.port}")
    case_of = schema[path][method].as_strategy()

    @given(case=case_of)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
        derandomize=True,
        database=None,
    )
    def tried(case: Any) -> None:
        if path == "/v1/messages" and case.query:
            case.query.pop("wait", None)
        if "Idempotency-Key" in (case.headers or {}):  # a second one is rightly refused
            case.headers["Idempotency-Key"] = f"{operation} {next(_NUMBERS)}"
        case.call_and_validate(timeout=60)

    tried()
    assert json.loads(api.send("GET", "/v1/topics").body)["topics"]
