"""An edit adds one thing, and leaves every other byte of the file as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.edit.edits import Edit, Editor, Undo
from bot.domain import Faq, Thresholds
from bot.errors import BotError, FileProblems
from bot.files.faq.load import load_faq
from tests.authoring.edit.styles import Style, anything, styles, texts, written

LINES = Thresholds(0.75, 0.60)
FILE = """\
# Our shop

- id: refund   # the first
  question: How do I get a refund?
  phrasings:
    - "I want my money back"   # often
    # - not this one
  answer: |
    Within 30 days.

- id: hours
  question: When are you open?
  answer: Never.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "faq" / "a.yaml"
    file.parent.mkdir()
    file.write_text(FILE, "utf-8")
    return file


@pytest.fixture
def editor(file: Path) -> Editor:
    return Editor(file.parent, LINES)


def loaded(file: Path) -> Faq:
    return load_faq(file.parent, LINES)


def told(do: Callable[[], object]) -> str:
    with pytest.raises(BotError) as caught:
        do()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- how it looks ---------------------------------------------------------------------------------


def test_a_phrasing_stands_below_the_others_as_they_are_written(file: Path, editor: Editor) -> None:
    edit = editor.add_phrasing("refund", "give it  back ")
    assert (edit.line, edit.added) == (7, '    - "give it back"')
    assert [len(entry.phrasings) for entry in edit.faq.entries] == [2, 0]
    assert file.read_text("utf-8") == FILE
    edit.write()
    often = '    - "I want my money back"   # often\n'
    assert file.read_text("utf-8") == FILE.replace(often, f"{often}{edit.added}\n")
    assert loaded(file) == edit.faq


@pytest.mark.parametrize(
    ("add", "behind", "added"),
    [
        pytest.param(
            lambda editor: editor.add_phrasing("hours", "opening times"),
            "  question: When are you open?\n",
            "  phrasings:\n    - opening times\n",
            id="the first phrasing stands below the question",
        ),
        pytest.param(
            lambda editor: editor.add_entry(
                editor.faq / "a.yaml", "cost", "What is it: much?", "Two.\nThree.", ["price"]
            ),
            "  answer: Never.\n",
            "\n- id: cost\n  question: 'What is it: much?'\n  phrasings:\n    - price\n"
            "  answer: |\n    Two.\n    Three.\n",
            id="an entry stands at the end, apart from the one before",
        ),
    ],
)
def test_what_is_added_looks_as_its_neighbours_do(
    file: Path, editor: Editor, add: Callable[[Editor], Edit], behind: str, added: str
) -> None:
    add(editor).write()
    assert file.read_text("utf-8") == FILE.replace(behind, behind + added)


def test_an_entry_can_begin_a_file_of_its_own_and_is_taken_back_with_it(
    file: Path, editor: Editor
) -> None:
    new = file.with_name("new.yaml")
    undo = editor.add_entry(new, "cost", "What is it?", "Two.").write()
    assert new.read_text("utf-8") == "- id: cost\n  question: What is it?\n  answer: Two.\n"
    assert len(loaded(file).entries) == 3
    editor.taken_back(undo).write()
    assert not new.exists()


# --- any file -------------------------------------------------------------------------------------


@st.composite
def faqs(draw: st.DrawFn) -> list[dict[str, object]]:
    """Entries of which no two share a wording."""
    wordings = draw(st.lists(texts, min_size=2, max_size=9, unique_by=str.casefold))
    entries: list[dict[str, object]] = []
    for number, question in enumerate(wordings):
        if number % 3 == 0:
            entries.append({"id": f"e{number}", "question": question})
        else:
            phrasings = entries[-1].setdefault("phrasings", [])
            assert isinstance(phrasings, list)
            phrasings.append(question)
    for entry in entries:
        entry["answer"] = draw(texts)
    return entries


def shared(some: bytes, others: bytes) -> int:
    """How many bytes both begin with."""
    pairs = enumerate(zip(some, others, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(some), len(others)))


def kept(before: bytes, after: bytes) -> bool:
    """Whether all bytes stay that were there, in two pieces or three: a comma may go between."""
    start = shared(before, after)
    end = shared(before[start:][::-1], after[start:][::-1])
    rest = before[start : len(before) - end]
    return rest.strip().startswith(b"#") or not rest


@given(entries=faqs(), style=styles, text=st.one_of(texts, anything), data=st.data())
def test_any_edit_of_any_file_adds_just_that_and_is_taken_back_byte_for_byte(
    entries: list[dict[str, object]], style: Style, text: str, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "a.yaml")
        before = written(entries, style)
        file.write_bytes(before)
        editor, faq = Editor(file.parent, LINES), loaded(file)
        entry_id = data.draw(st.sampled_from([entry.id for entry in faq.entries]))
        line, wanted = f"x1 {text}", f"x1 {' '.join(text.split())}"
        ways = {
            "phrasing": partial(editor.add_phrasing, entry_id, line),
            "entry": partial(editor.add_entry, file, "x1", line, text, [f"{line} x2"]),
        }
        way = data.draw(st.sampled_from(list(ways)))
        undo = ways[way]().write()
        assert kept(before, file.read_bytes())
        now = {entry.id: entry for entry in loaded(file).entries}
        if way == "entry":
            new = now.pop("x1")
            assert (new.question, new.phrasings) == (wanted, (f"{wanted} x2",))
        new, old = now[entry_id], faq.by_id[entry_id]
        added = new.phrasings[len(old.phrasings) :]
        assert added == ((wanted,) if way == "phrasing" else ())
        now[entry_id] = replace(new, phrasings=old.phrasings)
        assert list(now.values()) == list(faq.entries)
        editor.taken_back(Undo(**asdict(undo))).write()
        assert file.read_bytes() == before


@given(entries=faqs(), style=styles, order=st.permutations(range(4)))
def test_edits_are_taken_back_in_any_order(
    entries: list[dict[str, object]], style: Style, order: list[int]
) -> None:
    """Unless the first one made the list that the others stand in."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "a.yaml")
        file.write_bytes(written(entries, style))
        editor = Editor(file.parent, LINES)
        editor.add_phrasing("e0", "x0").write()
        before = file.read_bytes()
        undos = [editor.add_phrasing("e0", f"x{number} more").write() for number in range(1, 5)]
        for number in order:
            editor.taken_back(undos[number]).write()
        assert file.read_bytes() == before


# --- refusals -------------------------------------------------------------------------------------


def test_what_cannot_be_added_is_told_in_one_line_and_nothing_is_written(
    file: Path, editor: Editor
) -> None:
    assert told(lambda: editor.add_phrasing("refunds", "x")) == (
        f"there is no entry 'refunds' in {file.parent}. Did you mean 'refund'?"
    )
    assert told(lambda: editor.add_phrasing("refund", "i want MY money back")) == (
        f'{file}:3: "i want MY money back" is a wording of refund already.'
    )
    assert told(lambda: editor.add_phrasing("hours", "how do I get a refund?")) == (
        f'{file}:3: "how do I get a refund?" is a wording of refund already.'
    )
    assert told(lambda: editor.add_phrasing("refund", " \n ")) == (
        "the phrasing is empty; text is needed."
    )
    assert told(lambda: editor.add_entry(file, "hours", "New?", "Yes.")).startswith(
        f"{file}:15: the id 'hours' is taken"
    )
    elsewhere = file.parent.parent / "b.yaml"
    assert told(lambda: editor.add_entry(elsewhere, "new", "New?", "Yes.")).startswith(
        f"{elsewhere}: this is no file of the FAQ"
    )
    assert file.read_text("utf-8") == FILE


def test_an_faq_with_mistakes_is_not_edited(file: Path, editor: Editor) -> None:
    file.write_text(FILE + "- id: x\n", "utf-8")
    with pytest.raises(FileProblems):
        editor.add_phrasing("refund", "x")


def test_a_file_that_has_changed_or_gone_meanwhile_is_left_alone(
    file: Path, editor: Editor
) -> None:
    edit = editor.add_phrasing("refund", "x")
    file.write_text(FILE + "# mine\n", "utf-8")
    changed = f"{file}: the file has changed meanwhile; nothing was written. Try again."
    assert told(edit.write) == changed
    assert file.read_text("utf-8") == FILE + "# mine\n"
    file.unlink()
    assert told(edit.write) == f"{file}: the file is gone; nothing was written."
    new = editor
    file.write_text(FILE, "utf-8")
    made = new.add_entry(file.with_name("b.yaml"), "new", "New?", "Yes.")
    file.with_name("b.yaml").write_text("# mine\n", "utf-8")
    assert told(made.write).startswith(f"{file.with_name('b.yaml')}: the file has changed")


def test_what_was_changed_by_hand_since_is_not_taken_back(file: Path, editor: Editor) -> None:
    undo = editor.add_phrasing("refund", "x").write()
    with_edit = file.read_text("utf-8")
    elsewhere = with_edit.replace("Never.", "Always.").replace("# Our shop", "# Your shop")
    file.write_text(elsewhere, "utf-8")
    editor.taken_back(undo).write()
    assert file.read_text("utf-8") == elsewhere.replace(undo.added, "")
    file.write_text(with_edit.replace('"x"', '"y"'), "utf-8")
    wrong = f"{file}: what was added has been changed since. Please take it out by hand."
    assert told(lambda: editor.taken_back(undo).write()) == wrong
    file.unlink()
    assert (
        told(lambda: editor.taken_back(undo).write())
        == f"{file}: the file is gone; nothing was written."
    )


def test_a_folder_that_takes_no_file_and_a_file_of_somebody_else_are_told(
    file: Path, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who runs the tests may be allowed everything, so rights prove nothing."""
    edit = editor.add_phrasing("refund", "x")
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        assert told(edit.write) == (f"{file}: nothing can be written to this folder.")
    uid = file.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: uid + 1)
    assert told(edit.write) == (f"{file}: the file belongs to another account (uid {uid}).")


def test_a_link_stays_a_link_and_rights_stay_as_they_are(file: Path, editor: Editor) -> None:
    target = file.parent.parent / "target"
    file.chmod(0o640)
    file.rename(target)
    file.symlink_to(target)
    editor.add_phrasing("refund", "x").write()
    assert file.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert '- "x"' in target.read_text("utf-8")
