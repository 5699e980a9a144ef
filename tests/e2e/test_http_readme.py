"""The lines with curl that the documents tell people to type, against the true process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.e2e.http_asking import serving_http
from tests.e2e.process import ROOT, MakeConfig

DOCUMENTS = ("README.md", "docs/http.md")


# What can be asked where there is no team; it erases itself in the end.
OF_ANYBODY = (
    *(("post", "/v1/ask"), ("post", "/v1/choose"), ("post", "/v1/feedback")),
    *(("get", "/v1/topics"), ("get", "/v1/privacy"), ("get", "/v1/mydata")),
    *(("post", "/v1/similarity"), ("post", "/v1/embeddings"), ("post", "/v1/forget")),
)


def example(description: Any, method: str, path: str) -> tuple[dict[str, Any], Any]:
    """What the description shows of a body and of its answer; None where that is empty."""
    told = description["paths"][path][method]
    sent = told.get("requestBody", {"content": {"application/json": {"example": {}}}})
    answers = told["responses"].get("200", {}).get("content", {}).get("application/json", {})
    return sent["content"]["application/json"]["example"], answers.get("example")


def shape(told: Any) -> Any:
    """An answer without its values: the names in it."""
    if isinstance(told, dict):
        return {name: shape(value) for name, value in told.items()}
    if isinstance(told, list):
        return [shape(told[0])] if told and isinstance(told[0], dict) else []
    return None


def lines(document: str) -> list[str]:
    """The commands that need no conversation and do not wait."""
    told = (ROOT / document).read_text("utf-8").replace("\\\n", " ")
    return [line.strip() for line in re.findall(r"(?m)^ *curl -s [^…\n]*$", told)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_curl_line_and_every_example_is_answered(make_config: MakeConfig) -> None:
    with serving_http(make_config, more=f"faq: '{ROOT / 'faq'}'\n") as api:
        for document in DOCUMENTS:
            found = lines(document)
            assert len(found) > 1
            for line in found:
                command = line.replace("127.0.0.1:8080", f"127.0.0.1:{api.port}")
                done = subprocess.run(
                    command, shell=True, capture_output=True, text=True, check=True
                )
                answer = json.loads(done.stdout)
                assert "status" not in answer, f"{line}: {answer}"
        description = api.send("GET", "/openapi.json").json
        asked = example(description, "post", "/v1/ask")[1]
        known = api.ask("How do I get a refund?")
        names = {asked[name]: known[name] for name in ("conversation", "decision")}
        for method, path in OF_ANYBODY:
            sent, told = example(description, method, path)
            body = {name: names.get(str(value), value) for name, value in sent.items()}
            query = f"?conversation={known['conversation']}" if path == "/v1/mydata" else ""
            answer = api.send(method.upper(), path + query, body or None)
            if told is None:
                assert (path, answer.status) == (path, 204)
                continue
            assert (path, shape(answer.json)) == (path, shape(told))
            same = ("action", "entry", "model", "object")
            assert [answer.json.get(name) for name in same] == [told.get(name) for name in same]
