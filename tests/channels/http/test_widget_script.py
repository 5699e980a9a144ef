"""The script that web pages include, as the bot puts it together."""

from __future__ import annotations

import gzip
import json
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.channels.http.widget.script import FOLDER, said_in, widget_script
from bot.files.config.texts import shipped
from bot.service.live import Live
from bot.texts import Phrasebook

MOST_BYTES = 30_000
# What a page's policy may forbid, and what would take text for HTML.
FORBIDDEN = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function|\bstyle="
)


@pytest.fixture(scope="module")
def script() -> str:
    phrasebook = Phrasebook(shipped(), "en")
    matcher = SimpleNamespace(settings=SimpleNamespace(phrasebook=phrasebook))
    live = SimpleNamespace(matcher=matcher, welcome=lambda code: f"Welcome in {code}")
    return widget_script(cast(Live, live), has_team=True, feedback=True)


def given_in(script: str) -> Any:
    """What the bot put before the program."""
    found = re.search(r"(?m)^const GIVEN = (.*);$", script)
    assert found is not None
    return json.loads(found[1])


def test_the_script_has_at_most_30_kb_compressed(script: str) -> None:
    assert len(gzip.compress(script.encode(), mtime=0)) <= MOST_BYTES


def test_the_script_brings_what_it_says_in_every_language(script: str) -> None:
    given = given_in(script)
    said = {code: {**texts.sentences} for code, texts in shipped().items()}
    for code, sentences in said.items():
        sentences["welcome"] = f"Welcome in {code}"
        wanted = {name: sentences[name] for name in said_in(script)}
        assert given["languages"][code] == wanted
    assert (given["language"], given["team"], given["feedback"]) == ("en", True, True)


def test_the_script_never_takes_text_for_html_nor_needs_what_a_policy_forbids() -> None:
    for path in [*FOLDER.glob("*.js"), *FOLDER.glob("*.html")]:
        assert re.findall(FORBIDDEN, path.read_text("utf-8")) == [], path.name
