"""The sentences of the bot, and the places in the code that say them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.channels.http.widget.script import said_in as said_by_script
from bot.channels.telegram.handlers.command_menu import OF_ADMINS, OF_TEAM, PUBLIC
from bot.files.config.texts import shipped, studio_texts
from bot.texts import fill

# What holds sentences is called so everywhere: texts, self._texts(update), live.team_texts …
HOLDER = re.compile(r"(.*\.)?(_|team_)?texts(\(.*\))?(\.team)?", re.DOTALL)
COMMANDS = {f"command_{name}" for name in (*PUBLIC, *OF_TEAM, *OF_ADMINS)}
BOT = Path(__file__).parent.parent / "bot"
AUTHORING = BOT / "authoring"  # whose `texts` are the FAQ's
SCRIPTS = sorted(BOT.rglob("channels/**/*.js"))
STUDIO = BOT / "studio"  # whose `texts` are its pages'
FILES = sorted(path for path in BOT.rglob("*.py") if not {AUTHORING, STUDIO} & set(path.parents))


def said_in(path: Path) -> set[str]:
    """The names of the sentences that a file says."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    said = {each.attr for each in attributes if HOLDER.fullmatch(ast.unparse(each.value))}
    return said - {"sentences", "talk"}  # of which the sentences are


def remarked_in(path: Path) -> set[str]:
    """The names of the sentences that a file has said of files."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return {ast.literal_eval(it.args[0]) for it in calls if ast.unparse(it.func) == "Remark"}


def test_every_sentence_that_the_bot_says_is_in_the_language_files_and_no_other_is() -> None:
    texts = shipped()["en"]
    said = {name for path in FILES for name in said_in(path)}
    said |= {name for path in BOT.rglob("*.py") for name in remarked_in(path)}
    said |= {name for path in SCRIPTS for name in said_by_script(path.read_text("utf-8"))}
    assert said | COMMANDS == {"team", *texts.sentences, *texts.team.sentences}


def test_every_sentence_of_the_studio_stands_on_a_page() -> None:
    """Some are found by what a decision holds: the code names how their names begin."""
    code = "\n".join(path.read_text("utf-8") for path in STUDIO.glob("*.py"))
    names = set(re.findall(r"[a-z_]+", code))
    groups = tuple(re.findall(r"getattr\(texts, f\"([a-z]+_)\{", code))
    said = {
        name for name in studio_texts("en").sentences if name in names or name.startswith(groups)
    }
    assert said == set(studio_texts("en").sentences)
    assert len(groups) >= 3


def test_a_sentence_that_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no text is called welcom"):
        shipped()["en"].welcom  # noqa: B018


def test_what_is_put_into_a_sentence_stays_as_it_is() -> None:
    assert fill("{path}: {text}, {other}", path="a {text}", text="{path}") == (
        "a {text}: {path}, {other}"
    )
