"""A change of an entry writes what differs, and leaves every other byte of the file as it is."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.edit.edits import Edit, Editor
from bot.authoring.edit.source import EditError, KnownError, MeanwhileError, MistakeError
from tests.authoring.edit.styles import Style, anything, styles, texts, written
from tests.authoring.edit.test_edits import FILE, LINES, faqs, loaded


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "faq" / "a.yaml"
    file.parent.mkdir()
    file.write_text(FILE, "utf-8")
    return file


def changed(file: Path, **values: object) -> Edit:
    was = loaded(file).by_id["refund"]
    return Editor(file.parent, LINES).change(was, replace(was, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "old", "new"),
    [
        pytest.param(
            {"question": "How do refunds work?"},
            "How do I get a refund?",
            "How do refunds work?",
            id="a text, in its own style",
        ),
        pytest.param(
            {"answer": "Within 14 days.\n\n*Always.*"},
            "    Within 30 days.\n",
            "    Within 14 days.\n\n    *Always.*\n",
            id="an answer, in its block",
        ),
        pytest.param(
            {"phrasings": ("first", "I want my money back", "last")},
            '    - "I want my money back"   # often\n',
            '    - "first"\n    - "I want my money back"   # often\n    - "last"\n',
            id="more in a list",
        ),
        pytest.param(
            {"phrasings": ()},
            '  phrasings:\n    - "I want my money back"   # often\n',
            "",
            id="nothing left of a list",
        ),
        pytest.param(
            {"tags": ("money", "orders, old")},
            "    Within 30 days.\n",
            "    Within 30 days.\n  tags: [money, 'orders, old']\n",
            id="a key that was not there",
        ),
    ],
)
def test_what_differs_is_written_as_its_neighbours_are(
    file: Path, values: dict[str, object], old: str, new: str
) -> None:
    edit = changed(file, **values)
    undo = edit.write()
    assert file.read_text("utf-8") == FILE.replace(old, new, 1)
    assert loaded(file) == edit.faq
    Editor(file.parent, LINES).taken_back(undo).write()
    assert file.read_text("utf-8") == FILE


values = st.one_of(texts, anything).map(lambda text: f"x {' '.join(text.split())}")


@given(entries=faqs(), style=styles, data=st.data())
def test_any_change_of_any_file_is_just_that_and_is_taken_back_byte_for_byte(
    entries: list[dict[str, object]], style: Style, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "a.yaml")
        before = written(entries, style)
        file.write_bytes(before)
        editor, faq = Editor(file.parent, LINES), loaded(file)
        was = data.draw(st.sampled_from(faq.entries))
        some = st.lists(values, max_size=3, unique_by=str.casefold)
        kept = data.draw(st.sets(st.sampled_from(was.phrasings))) if was.phrasings else set()
        new, still = data.draw(some), [each for each in was.phrasings if each in kept]
        entry = replace(
            was,
            question=data.draw(st.sampled_from([was.question, "x0 wholly new?"])),
            phrasings=tuple(dict.fromkeys([*new[:1], *still, *new[1:]])),
            answer=data.draw(st.sampled_from([was.answer, "One.\n\n- two: # x", "x"])),
            tags=tuple(data.draw(some)),
        )
        if entry == was:
            return
        undo = editor.change(was, entry).write()
        found = loaded(file)
        assert found.entries == tuple(entry if one.id == was.id else one for one in faq.entries)
        comments = [part for part in before.split(b"\n") if part.strip().startswith(b"#")]
        assert [one for one in comments if one not in file.read_bytes()] == []
        editor.taken_back(undo).write()
        assert file.read_bytes() == before


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(file: Path) -> None:
    was = loaded(file).by_id["refund"]
    editor = Editor(file.parent, LINES)
    editor.change(was, replace(was, answer="Theirs.")).write()
    with pytest.raises(MeanwhileError) as caught:
        editor.change(was, replace(was, answer="Mine."))
    assert caught.value.now.answer == "Theirs."


def test_a_change_is_taken_back_whatever_others_have_changed_elsewhere(file: Path) -> None:
    editor = Editor(file.parent, LINES)
    undo = changed(file, answer="Theirs.").write()
    editor.add_phrasing("hours", "opening times").write()
    editor.taken_back(undo).write()
    assert file.read_text("utf-8") == FILE.replace(
        "are you open?\n", "are you open?\n  phrasings:\n    - opening times\n"
    )


@pytest.mark.parametrize(
    ("values", "kind", "key", "told"),
    [
        pytest.param({"question": " "}, EditError, "question", "the question is empty", id="empty"),
        pytest.param({"answer": " "}, MistakeError, "answer", "answer is empty", id="no answer"),
        pytest.param(
            {"phrasings": ("When are you open?",)},
            MistakeError,
            "phrasings",
            "stands under two entries",
            id="of another entry, which comes later",
        ),
        pytest.param({"related": ("hour",)}, MistakeError, "related", "no entry has", id="an id"),
        pytest.param({"lang": "Klingon!"}, MistakeError, "lang", "a language code", id="a code"),
    ],
)
def test_what_an_entry_cannot_say_is_told_with_the_key_it_stands_under(
    file: Path, values: dict[str, object], kind: type[EditError], key: str, told: str
) -> None:
    with pytest.raises(kind) as caught:
        changed(file, **values)
    assert caught.value.key == key
    assert told in str(getattr(caught.value, "told", caught.value))
    assert file.read_text("utf-8") == FILE


def test_what_is_not_changed_is_not_written(file: Path) -> None:
    with pytest.raises(KnownError):
        changed(file)
