"""The FAQ is made better out of what people write, and never behind anybody's back."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from signal import SIGKILL
from typing import TypeVar

import pytest

from bot.authoring.edit.edits import Rewrite
from bot.authoring.learning.audit import NAME
from bot.domain import Action, Decision
from bot.domain.flip import Kind, Turn
from bot.files.faq.load import load_faq
from bot.files.writing.remark import Remark
from bot.matching.build import Turns
from bot.service.admins.learning import Applied, LearningError, Proposal, Refusal
from bot.store.store import Missed, Record
from tests.authoring.learning.shop import FILE, Shop
from tests.factories import LINES

T = TypeVar("T")
ROOT = Path(__file__).parents[3]
WITH = FILE.replace("    - money back\n", "    - money back\n    - violet oak\n")


async def proposed(shop: Shop, text: str = "violet oak", entry_id: str = "refund") -> Proposal:
    return await shop.learning.propose_phrasing(text, "en", entry_id)


async def applied(shop: Shop, text: str = "violet oak", who: str = "Anna") -> Applied:
    return await shop.learning.apply(await proposed(shop, text), who)


async def refused(wanted: Awaitable[object]) -> tuple[Refusal, str]:
    with pytest.raises(LearningError) as error:
        await wanted
    return error.value.refusal, str(error.value)


def logged(text: str) -> Record:
    return Record("0" * 16, 0.0, text, "en", Decision(Action.FALLBACK, None, 0.0, (), "why"))


# --- proposals ---


async def test_a_proposal_shows_the_line_as_it_will_stand_and_writes_nothing(shop: Shop) -> None:
    proposal = await proposed(shop)
    assert (proposal.line, proposal.added) == (6, "    - violet oak")
    assert proposal.path == str(shop.file)
    assert proposal.harmless
    assert proposal.hindrance is None
    assert shop.written == FILE
    assert not (shop.data / NAME).exists()


async def test_what_tells_whose_it_is_is_not_written(shop: Shop) -> None:
    text = "Hi there, my name is Paul Smith, is order #4471-2290 a violet oak? paul@example.com"
    assert (await proposed(shop, text)).text == "is order a violet oak?"
    nothing = await refused(proposed(shop, "Hello Anna, 4471229034"))
    assert nothing[0] is Refusal.NOTHING_LEFT


async def test_an_amount_stays_where_the_faq_asks_about_amounts(shop: Shop) -> None:
    text = "is it free over 50 euros"
    assert (await proposed(shop, text)).text == "is it free over"
    shop.file.write_text(FILE.replace("money back\n", "money back over £20\n", 1), "utf-8")
    await shop.serve()
    assert (await proposed(shop, text)).text == text


async def test_a_proposal_that_breaks_a_test_is_harmful_and_not_applied_by_one_tap(
    shop: Shop,
) -> None:
    proposal = await proposed(shop, "money back now", "parcel")
    assert [(flip.kind, flip.broke) for flip in proposal.harmful][:1] == [(Kind.TEST, True)]
    told = await refused(shop.learning.apply(proposal, "Anna"))
    assert told[0] is Refusal.HARMFUL
    assert shop.written == FILE
    done = await shop.learning.apply(proposal, "Anna", despite=True)
    assert done.number == 1
    assert shop.lines[0]["harmful"][0] == "money back now"


async def test_messages_of_the_log_are_decided_again_and_told_without_whose_they_are(
    shop: Shop,
) -> None:
    shop.log = [logged("violet oak for order 4471229034")]
    *_, last = (await proposed(shop)).flips
    assert (last.kind, last.text, last.turn) == (
        *(Kind.LOGGED, "violet oak for order …", Turn.UNKNOWN),
    )
    shop.log = []
    flips = (await proposed(shop)).flips
    assert Kind.LOGGED not in {flip.kind for flip in flips}, "whoever asked to be forgotten is"


async def test_what_is_ignored_speaks_against_an_edit_unless_it_is_what_is_added(
    shop: Shop,
) -> None:
    shop.log = [logged("Violet oak?")]
    shop.missed = [Missed(shop.log[0], "Ada", is_ignored=True)]
    assert not (await proposed(shop, "a violet oak")).harmless
    assert (await proposed(shop, "violet oak")).harmless


async def test_the_entries_nearest_to_a_message_come_first(shop: Shop) -> None:
    found = await shop.learning.candidates("is the parcel lost", "en")
    assert [(one.entry_id, one.question) for one in found] == [
        ("parcel", "where is my parcel"),
        ("refund", "how do I get my refund"),
    ]


async def test_a_new_entry_goes_to_the_file_of_the_nearest_one_with_an_id_of_its_own(
    shop: Shop,
) -> None:
    (shop.file.parent / "b.yaml").write_text(
        "- id: hours\n  question: when are you open\n  answer: Never.\n", "utf-8"
    )
    await shop.serve()
    proposal = await shop.learning.propose_entry(
        "Hi, when are you open today?", "At nine.", "en", ["hello, open today"]
    )
    assert (proposal.entry_id, proposal.text) == (
        "when-are-you-open-today",
        "when are you open today?",
    )
    assert Path(proposal.path).name == "b.yaml"
    await shop.learning.apply(proposal, "Anna")
    entry = load_faq(shop.file.parent, LINES).by_id["when-are-you-open-today"]
    assert (entry.wordings, entry.answer) == (
        ("when are you open today?", "open today"),
        "At nine.",
    )


@pytest.mark.parametrize(
    ("text", "entry_id", "refusal"),
    [
        pytest.param("money back", "parcel", Refusal.KNOWN, id="a wording of another entry"),
        pytest.param("violet oak", "quartz", Refusal.NO_ENTRY, id="no such entry"),
        pytest.param("x" * 3_000, "refund", Refusal.MISTAKE, id="longer than a wording may be"),
    ],
)
async def test_what_cannot_be_added_is_refused_in_one_line(
    shop: Shop, text: str, entry_id: str, refusal: Refusal
) -> None:
    told = await refused(proposed(shop, text, entry_id))
    assert told[0] is refusal
    assert "\n" not in told[1]


class CountingTurns(Turns):
    """Knows how often somebody gave way, and how many texts were encoded at once."""

    def __init__(self) -> None:
        self.given, self.most = 0, 0

    def in_turn(self, function: Callable[[], T]) -> T:
        if isinstance(function, partial) and function.func.__name__ == "encode":
            self.most = max(self.most, len(function.args[0]))
        return function()

    def give_way(self) -> None:
        self.given += 1


async def test_messages_go_first_while_an_edit_is_tried(open_shop: Callable[..., Shop]) -> None:
    """Whoever waits waits for one text that is encoded, and for one that is read."""
    turns = CountingTurns()
    proposal = await proposed(open_shop(turns=turns))
    assert turns.given > 2 * proposal.asked
    assert turns.most == 1


# --- applying and taking back ---


async def test_what_is_applied_is_written_served_and_noted_and_taken_back_to_the_byte(
    shop: Shop,
) -> None:
    done = await applied(shop)
    assert (done.number, done.who, done.remarks, shop.served) == (1, "Anna", (), 1)
    assert shop.written == WITH
    back = await shop.learning.undo(done.number, "Ben")
    assert (back.number, back.undoes, back.who) == (2, 1, "Ben")
    assert shop.written == FILE
    line, other = shop.lines
    assert [line[key] for key in ("who", "adds", "entry", "text")] == [
        "Anna", "phrasing", "refund", "violet oak",
    ]  # fmt: skip
    assert line["flips"] == {"worse": 1, "unknown": 0, "better": 0}
    assert (line["undoes"], other["undoes"], other["who"]) == (None, 1, "Ben")


async def test_the_last_edit_is_taken_back_where_none_is_named_and_none_twice(shop: Shop) -> None:
    for text in ("violet oak", "red elm"):
        await applied(shop, text)
    assert (await shop.learning.undo(None, "Ben")).text == "red elm"
    assert (await shop.learning.undo(None, "Ben")).text == "violet oak"
    for number in (None, 1, 77):
        assert (await refused(shop.learning.undo(number, "Ben")))[0] is Refusal.NOT_APPLIED


async def test_of_two_who_apply_at_once_the_second_is_told_and_nothing_is_overwritten(
    shop: Shop,
) -> None:
    same, other = await proposed(shop), await proposed(shop, "red elm", "parcel")
    again = await proposed(shop)
    await shop.learning.apply(same, "Anna")
    assert (await refused(shop.learning.apply(again, "Ben")))[0] is Refusal.KNOWN
    assert (await refused(shop.learning.apply(other, "Ben")))[0] is Refusal.CHANGED
    assert shop.written == WITH
    assert len(shop.lines) == 1


async def test_what_somebody_writes_by_hand_meanwhile_is_not_overwritten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = FILE.replace("30 days", "60 days")
    write = Rewrite.write

    def meanwhile(self: Rewrite) -> None:
        shop.file.write_text(by_hand, "utf-8")
        write(self)

    proposal = await proposed(shop)
    monkeypatch.setattr(Rewrite, "write", meanwhile)
    assert (await refused(shop.learning.apply(proposal, "Anna")))[0] is Refusal.CHANGED
    assert shop.written == by_hand
    assert shop.audit.lines() == ()


async def test_an_edit_that_is_not_served_is_written_and_says_why(shop: Shop) -> None:
    shop.trouble = "config.yaml holds a mistake."
    assert (await applied(shop)).remarks == (shop.trouble,)
    assert shop.written == WITH


async def test_files_that_cannot_be_written_are_told_of_before_and_left_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    folder = shop.file.parent
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder and access(path, mode))
    proposal = await proposed(shop)
    why = Remark("file_folder")
    assert (proposal.hindrance, proposal.added) == (why, "    - violet oak")
    refusal = await refused(shop.learning.apply(proposal, "Anna"))
    assert refusal == (Refusal.NOT_WRITABLE, f"{shop.file}: {why}")
    assert shop.written == FILE


async def test_without_a_log_of_edits_nothing_is_edited(shop: Shop) -> None:
    shop.data.write_text("a file stands where the folder should be", "utf-8")
    refusal = await refused(applied(shop))
    assert refusal[0] is Refusal.NOT_WRITABLE
    assert shop.written == FILE


async def test_the_log_of_edits_is_its_owners_alone(shop: Shop) -> None:
    await applied(shop)
    assert stat.S_IMODE((shop.data / NAME).stat().st_mode) == 0o600


# --- the end of the process ---


@pytest.mark.parametrize("wish", ["apply", "undo"])
@pytest.mark.parametrize(
    ("point", "is_done"),
    [
        pytest.param("unwritten", False, id="before the file is written"),
        pytest.param("written", True, id="before it is noted"),
        pytest.param("noted", True, id="before it is tidied up"),
    ],
)
async def test_after_a_kill_the_file_is_old_or_new_and_the_log_says_which(
    shop: Shop, open_shop: Callable[..., Shop], wish: str, point: str, is_done: bool
) -> None:
    if wish == "undo":
        await applied(shop)
    dying = [sys.executable, "-m", "tests.authoring.learning.dying", wish, point, str(shop.folder)]
    assert subprocess.run(dying, cwd=ROOT, check=False).returncode == -SIGKILL
    after, made = open_shop(), [None] if wish == "undo" else []
    wanted = [*made, 1 if wish == "undo" else None] if is_done else made
    assert [line.undoes for line in after.audit.lines()] == wanted
    assert after.written == (WITH if wanted[-1:] == [None] else FILE)
    await applied(after, "red elm")
    assert [line["number"] for line in after.lines] == list(range(1, len(wanted) + 2))


async def test_a_line_that_was_cut_short_costs_only_itself(shop: Shop) -> None:
    await applied(shop)
    with (shop.data / NAME).open("a", encoding="utf-8") as log:
        log.write('{"number": 2, "at"')
    assert (await applied(shop, "red elm")).number == 2
    assert [line.text for line in shop.audit.lines()] == ["violet oak", "red elm"]


# --- git ---


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Carl", "-c", "user.email=carl@example.com")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(open_shop: Callable[..., Shop]) -> Shop:
    shop = open_shop(commit=True)
    (shop.folder / "other.txt").write_text("old", "utf-8")
    git(shop.folder, "init", "--quiet")
    git(shop.folder, "add", "faq", "other.txt")
    git(shop.folder, "commit", "--quiet", "--message", "First")
    return shop


def told(done: Applied) -> str:
    """What did not go as it should."""
    return "\n".join(map(str, done.remarks))


def committed(shop: Shop) -> list[str]:
    """What each commit changed, the last one first."""
    return git(shop.folder, "log", "--format=%s", "--name-only").split("\n")


async def test_an_edit_and_its_undo_are_commits_of_that_file_alone(repository: Shop) -> None:
    folder = repository.folder
    (folder / "other.txt").write_text("new", "utf-8")
    git(folder, "add", "other.txt")
    done = await applied(repository)
    assert done.remarks == ()
    assert committed(repository)[:3] == [
        "Add the phrasing “violet oak” to refund",
        "",
        "faq/a.yaml",
    ]
    assert git(folder, "status", "--porcelain", "--untracked-files=no") == "M  other.txt"
    assert repository.lines[0]["commit"] == git(folder, "rev-parse", "--short", "HEAD")
    await repository.learning.undo(done.number, "Ben")
    assert committed(repository)[:1] == ["Take back the phrasing “violet oak” to refund (number 1)"]
    assert git(folder, "diff", "HEAD~2", "--", "faq") == ""


async def test_changes_of_somebody_else_in_the_file_are_left_to_them(repository: Shop) -> None:
    by_hand = FILE.replace("30 days", "60 days")
    repository.file.write_text(by_hand, "utf-8")
    done = await applied(repository)
    why = f"{repository.file} already had changes that weren't committed."
    assert told(done) == f"It isn't committed: {why}"
    assert repository.written == WITH.replace("30 days", "60 days")
    assert committed(repository)[0] == "First"


async def test_a_commit_that_fails_loses_nothing(repository: Shop) -> None:
    hook = repository.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no, not today' >&2\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    done = await applied(repository)
    assert told(done) == "It isn't committed: git says: no, not today"
    assert repository.written == WITH
    assert repository.lines[0]["commit"] is None


async def test_outside_a_repository_an_edit_says_that_it_is_not_committed(
    open_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = open_shop(commit=True)
    done = await applied(shop)
    assert told(done) == f"It isn't committed: {shop.file} isn't in a git repository."
    assert shop.written == WITH
