"""FAQ files become entries; every mistake of every file is told at once, and none half-loads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain import FaqEntry, Link, Place, Thresholds, Translation
from bot.errors import FileProblems
from bot.files.faq import load_faq
from tests.files.reading import rows_of

LINES = Thresholds(answer=0.75, follow_up=0.60)
KNOWN = (
    "Known here: id, question, phrasings, answer, tags, lang, related, links, attachments, "
    "thresholds, translations."
)
REFUND = "- id: refund\n  question: Can I get a refund?\n  answer: Yes.\n"


def write(files: dict[str, str]) -> None:
    for name, content in files.items():
        path = Path("faq", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def load(content: str, thresholds: Thresholds = LINES) -> tuple[FaqEntry, ...]:
    """The entries of an FAQ of one file."""
    write({"a.yaml": content})
    return load_faq(Path("faq"), thresholds).entries


def problems_now(path: str = "faq") -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_faq(Path(path), LINES)
    return str(caught.value).split("\n")


def problems_of(content: str, **more: str) -> list[str]:
    """The problems of a folder of a.yaml and, by their names without .yaml, others."""
    write({"a.yaml": content} | {f"{name}.yaml": text for name, text in more.items()})
    return problems_now()


def entry_with(key: str, written: str) -> tuple[str, int]:
    """An entry of the keys that are needed, one of them as written, and that key's line."""
    fields = {"id": "a", "question": "Q", "answer": "A"} | {key: written}
    content = "- " + "\n  ".join(f"{name}: {value}" for name, value in fields.items()) + "\n"
    return content, [*fields].index(key) + 1


def with_key(written: str) -> str:
    """A good entry whose line 4 begins what is given."""
    return f"{REFUND}  {written}\n"


# --- entries -------------------------------------------------------------------------------------


def test_every_key_of_an_entry_is_read() -> None:
    content = """\
# The whole of it.
- id: Refund-1.a_b
  question: "  Can I get a refund? "
  phrasings:
    - money back
    - '退款'
  answer: |
    Yes: within 30 days.

    See "My orders".
  tags: [returns]
  lang: zh-Hant
  related: [other]
  links:
    - {text: Start, url: "https://shop.example.com/?a=1#b"}
    - text: Plain
      url: http://shop.example.com
  thresholds:
    answer: 0.9
    follow_up: 0.0
- {id: other, question: Q, answer: A}
"""
    assert load(content) == (
        FaqEntry(
            id="Refund-1.a_b",
            question="Can I get a refund?",
            phrasings=("money back", "退款"),
            answer='Yes: within 30 days.\n\nSee "My orders".',
            tags=("returns",),
            lang="zh-Hant",
            related=("other",),
            links=(
                Link("Start", "https://shop.example.com/?a=1#b"),
                Link("Plain", "http://shop.example.com"),
            ),
            thresholds=Thresholds(answer=0.9, follow_up=0.0),
        ),
        FaqEntry(id="other", question="Q", phrasings=(), answer="A"),
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tags: []", None),
        ("thresholds: {}", None),
        ("thresholds: {answer: 0.9}", Thresholds(0.9, 0.60)),
        ("thresholds: {follow_up: 0.0}", Thresholds(0.75, 0.0)),
        ("thresholds: {answer: 0.0, follow_up: 0.0}", Thresholds(0.0, 0.0)),
    ],
)
def test_a_line_an_entry_leaves_out_is_the_configured_one(
    written: str, expected: Thresholds | None
) -> None:
    assert load(with_key(written))[0].thresholds == expected


def test_translations_are_read_with_their_languages() -> None:
    written = "translations: {de: {question: Geld?, answer: Ja.}, pt-BR: {question: Q, answer: A}}"
    assert load(with_key(written))[0].translations == (
        Translation("de", "Geld?", "Ja."),
        Translation("pt-BR", "Q", "A"),
    )


def test_a_translated_question_stands_under_one_entry_only() -> None:
    content = with_key("translations: {de: {question: Geld zurück?, answer: Ja.}}")
    content += "- {id: other, question: geld zurück?, answer: A}\n"
    assert problems_of(content)[0].startswith(
        "faq/a.yaml:5: \"geld zurück?\" stands under two entries: here under 'other', and in "
        "faq/a.yaml:4 under 'refund'."
    )


# --- files ---------------------------------------------------------------------------------------


def test_a_folder_is_read_with_the_folders_in_it_in_a_fixed_order() -> None:
    names = ("b.yaml", "a.yaml", "sub/c.yaml", "sub/deep/d.yaml")
    write({name: "\n" + REFUND.replace("refund", Path(name).stem) for name in names})
    entries = load_faq(Path("faq"), LINES).entries
    assert [(entry.id, entry.place) for entry in entries] == [
        ("a", Place("faq/a.yaml", 2)),
        ("b", Place("faq/b.yaml", 2)),
        ("c", Place("faq/sub/c.yaml", 2)),
        ("d", Place("faq/sub/deep/d.yaml", 2)),
    ]


def test_one_file_may_be_an_faq_whatever_its_name() -> None:
    write({"questions.txt": REFUND})
    assert [entry.id for entry in load_faq(Path("faq/questions.txt"), LINES).entries] == ["refund"]


def test_hidden_files_and_other_kinds_of_files_are_not_read() -> None:
    """Editors and synchronising tools leave copies under names that begin with a dot."""
    names = (
        ".a.yaml",
        ".git/b.yaml",
        "sub/.c.yaml",
        ".d.yml",
        "notes.txt",
        "a.yaml~",
        "a.yaml.bak",
    )
    write({"a.yaml": REFUND} | dict.fromkeys(names, "[broken"))
    (Path("faq") / "folder.yaml").mkdir()
    (Path("faq") / "folder.yml").mkdir()
    assert [entry.id for entry in load_faq(Path("faq"), LINES).entries] == ["refund"]


@pytest.mark.parametrize("name", ["b.yml", "sub/b.YAML", "b.Yml"])
def test_a_file_that_looks_like_an_faq_file_but_is_not_read_is_told(name: str) -> None:
    write({"a.yaml": REFUND, name: REFUND})
    assert problems_now() == [
        f"faq/{name}: this file is not read: the names of FAQ files end in .yaml. Rename it or "
        "move it out of the folder."
    ]


def test_a_folder_without_faq_files_is_told() -> None:
    assert problems_now() == ["faq: no *.yaml file is in this folder. Add one FAQ file."]


def test_a_link_that_leads_nowhere_or_to_a_folder_is_told(folder: Path) -> None:
    write({"a.yaml": REFUND})
    (folder / "elsewhere").mkdir()
    Path("faq/b.yaml").symlink_to("gone.yaml")
    Path("faq/more").symlink_to(folder / "elsewhere")
    assert problems_now() == [
        "faq/b.yaml: there is no such file.",
        "faq/more: this folder is a link, which is not followed. Put the folder itself here.",
    ]


def test_the_faq_folder_itself_may_be_a_link(folder: Path) -> None:
    write({"a.yaml": REFUND})
    (folder / "link").symlink_to(folder / "faq")
    assert [entry.id for entry in load_faq(Path("link"), LINES).entries] == ["refund"]


def test_a_folder_that_may_not_be_read_is_told_and_not_passed_over_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write({"a.yaml": REFUND})
    Path("faq/locked").mkdir()
    readable = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return readable(path)

    monkeypatch.setattr("os.scandir", refuse)
    assert problems_now() == [
        "faq/locked: the folder cannot be read (Permission denied). Check its permissions."
    ]


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "[]\n"])
def test_a_file_without_entries_is_told(content: str) -> None:
    assert problems_of(content) == [
        "faq/a.yaml:1: the file holds no entry. Add one (- id: …), or delete the file."
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("\nid: a\nquestion: Q\n", "2: the file is a group of keys; {list}"),
        ("Where is my order?\n", '1: the file is "Where is my order?"; {list}'),
        ("- refund\n", '1: an entry is "refund"; {keys}'),
        (f"{REFUND}-\n", "4: an entry is empty; {keys}"),
        ("- - id: a\n", "1: an entry is a list; {keys}"),
    ],
)
def test_a_file_is_a_list_of_entries(content: str, told: str) -> None:
    needed = {
        "list": 'a list of entries is needed. Begin each entry with "- id: …".',
        "keys": "keys are needed: id, question, answer.",
    }
    assert problems_of(content) == [f"faq/a.yaml:{told.format(**needed)}"]


# --- keys and values -----------------------------------------------------------------------------


def test_id_question_and_answer_are_needed() -> None:
    assert problems_of("\n- lang: en\n") == [
        "faq/a.yaml:2: answer is missing: what the bot replies.",
        "faq/a.yaml:2: id is missing: a short name of the entry, unique over all files.",
        "faq/a.yaml:2: question is missing: the wording people see on buttons.",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("no", 'is no, which YAML reads as yes/no; text is needed. Put it in quotes: "no".'),
        ("007", 'is 007, which YAML reads as a number; text is needed. Put it in quotes: "007".'),
        *((empty, "is empty; text is needed.") for empty in ("", "''", "|\n    \n", '"\\n\\t"')),
    ],
)
@pytest.mark.parametrize("key", ["id", "question", "answer"])
def test_a_value_must_be_text_to_yaml_and_not_empty(key: str, written: str, told: str) -> None:
    content, line = entry_with(key, written)
    assert problems_of(content) == [f"faq/a.yaml:{line}: {key} {told}"]


NAMES = {
    "TEXT": "text is needed. Put it in quotes if the colon, dash or bracket is meant.",
    "LIST": "a list of texts, each in a line of its own after a dash, is needed.",
    "ASK": "or the bot can never ask back. Lower follow_up or raise answer.",
    "LINK": "needed, for example: {text: Start a return, url: https://shop.example.com/returns}.",
    "WEB": "an address that begins with https:// or http:// is needed.",
    "KNOWN": KNOWN,
}
# What stands in line 4 → what is told of it.
CASES = """
answers: [x] → answers is not a key this bot knows. Did you mean 'answer'? <KNOWN>
tags: returns → tags is "returns"; <LIST>
phrasings: → phrasings is empty; <LIST>
phrasings: {a: b} → phrasings is a group of keys; <LIST>
phrasings: [a: b] → an item of phrasings is a group of keys; <TEXT>
phrasings: [[a]] → an item of phrasings is a list; <TEXT>
lang: english language → lang is "english language"; a language code is needed, such as en or
    zh.
lang: no → lang is no, which YAML reads as yes/no; text is needed. Put it in quotes: "no".
phrasings: [a, ~] → an item of phrasings is ~, which YAML reads as nothing; text is needed. Put it
    in quotes: "~".
phrasings: [a, 007] → an item of phrasings is 007, which YAML reads as a number; text is needed.
    Put it in quotes: "007".
related: other → related is "other"; <LIST>
links: https://x.example → links is "https://x.example"; a list is <LINK>
links: [https://x.example] → an item of links is "https://x.example"; <LINK>
links: [{text: Shop, url: "shop.example.com"}] → links.url is "shop.example.com"; <WEB>
links: [{text: Shop, url: "www.shop.example.com/a"}] → links.url is "www.shop.example.com/a"; <WEB>
links: [{text: Shop, url: "ftp://shop.example.com"}] → links.url is "ftp://shop.example.com"; <WEB>
links: [{text: Shop, url: "javascript:alert(1)"}] → links.url is "javascript:alert(1)"; <WEB>
links: [{text: Shop, url: "tg://resolve?domain=x"}] → links.url is "tg://resolve?domain=x"; <WEB>
links: [{text: Shop, url: "https://"}] → links.url is "https://"; <WEB>
links: [{text: Shop, url: "https://:443/a"}] → links.url is "https://:443/a"; <WEB>
links: [{text: Shop, url: "https:///a"}] → links.url is "https:///a"; <WEB>
links: [{text: Shop, url: "https://shop.example.com/a b"}] → links.url is
    "https://shop.example.com/a b"; <WEB>
links: [{text: Shop, url: "https://[shop"}] → links.url is "https://[shop"; <WEB>
links: [text: Shop] → links.url is missing: where the link leads.
links: [url: https://x.example] → links.text is missing: what the link is called.
links: [{text: Shop, urll: u, url: https://x.example}] → links.urll is not a key this bot knows.
    Did you mean 'url'? Known here: text, url.
thresholds: 0.9 → thresholds is 0.9; keys under it are needed: answer, follow_up.
thresholds: {answer: 9} → thresholds.answer is 9; a number from -1 to 1 is needed.
thresholds: {follow_up: 0.8} → thresholds.follow_up is 0.8 but must not exceed
    thresholds.answer (0.75, the configuration), <ASK>
thresholds: {answer: 0.0} → thresholds.answer is 0 but must not be below thresholds.follow_up
    (0.6, the configuration), <ASK>
thresholds: {answer: 0.8, follow_up: 0.9} → thresholds.follow_up is 0.9 but must not exceed
    thresholds.answer (0.8, line 4), <ASK>
translations: [de] → translations is a list; languages are needed, such as  de: {question: …,
    answer: …}.
translations: {german: {question: Q2, answer: A}} → translations.german stands in the place of a
    language; a language code is needed, such as en or zh.
translations: {de: {question: Q2}} → translations.de.answer is missing: what the bot replies to
    them.
translations: {de: {question: Q2, answer: A, title: x}} → translations.de.title is not a key this
    bot knows. Known here: question, answer.
category: x → category is not a key this bot knows. <KNOWN>
"""


@pytest.mark.parametrize(("written", "told"), rows_of(CASES, NAMES))
def test_a_value_that_does_not_fit_is_told_with_what_was_needed(written: str, told: str) -> None:
    assert problems_of(with_key(written)) == [f"faq/a.yaml:4: {told}"]


@pytest.mark.parametrize("entry_id", ["a b", "a/b", "ä", "a:b", "你好", "a\n\nb"])
def test_an_id_is_a_plain_name(entry_id: str) -> None:
    shown = " ".join(entry_id.split())
    assert problems_of(f'- id: "{entry_id}"\n  question: Q\n  answer: A\n') == [
        f'faq/a.yaml:1: id is "{shown}"; only the letters a-z and A-Z, digits, - _ and . may stand '
        "in it."
    ]


@pytest.mark.parametrize(("key", "most"), [("id", 200), ("question", 2_000), ("answer", 40_000)])
def test_a_text_has_a_greatest_length(key: str, most: int) -> None:
    assert len(load(entry_with(key, "x" * most)[0])) == 1
    content, line = entry_with(key, "x" * (most + 1))
    assert problems_of(content) == [
        f"faq/a.yaml:{line}: {key} has {most + 1:,} characters; at most {most:,} are possible. "
        "Shorten it."
    ]


def test_a_quoted_empty_phrasing_is_only_a_remark_and_a_dash_alone_a_problem() -> None:
    """Exported tables leave the former behind, and no text is lost."""
    write({"a.yaml": with_key('phrasings:\n    - ""\n    - money back\n    - "  "')})
    faq = load_faq(Path("faq"), LINES)
    assert [entry.phrasings for entry in faq.entries] == [("money back",)]
    assert [str(remark) for remark in faq.remarks] == [
        "faq/a.yaml:5: an item of phrasings is empty and was left out.",
        "faq/a.yaml:7: an item of phrasings is empty and was left out.",
    ]
    assert problems_of(with_key("phrasings:\n    - a\n    -\n")) == [
        "faq/a.yaml:6: an item of phrasings is empty; text is needed."
    ]


def test_a_phrasing_that_nothing_can_match_is_remarked_upon() -> None:
    write({"a.yaml": with_key("phrasings:\n    - '???'\n    - 是\n")})
    assert [str(remark) for remark in load_faq(Path("faq"), LINES).remarks] == [
        'faq/a.yaml:5: "???" has no letter and no digit, so no message will ever match it.'
    ]


# --- what holds between entries ------------------------------------------------------------------


def test_an_id_used_again_is_told_with_both_places_each_time() -> None:
    other = "\n- question: Q\n  answer: A\n  id: refund\n"
    told = "the id 'refund' is taken: it stands in faq/a.yaml:1 too. Give one of the two entries"
    assert problems_of(REFUND, b=other, c=other) == [
        f"faq/b.yaml:4: {told} another id.",
        f"faq/c.yaml:4: {told} another id.",
    ]


def test_ids_that_differ_in_case_are_two() -> None:
    content = "- {id: a, question: Q, answer: A}\n- {id: A, question: R, answer: A}\n"
    assert [entry.id for entry in load(content)] == ["a", "A"]


@pytest.mark.parametrize("wording", ["money back", "  Money   BACK", "ｍｏｎｅｙ　ｂａｃｋ"])
@pytest.mark.parametrize("first", ["question: '{}'", "question: Q\n  phrasings: ['{}']"])
@pytest.mark.parametrize("second", ["question: '{}'", "question: R\n  phrasings: ['{}']"])
def test_a_wording_under_two_entries_is_told_with_both_places(
    wording: str, first: str, second: str
) -> None:
    """Case, white space and the width of letters make no other wording."""
    one = f"- id: one\n  answer: A\n  {first.format('money back')}\n"
    two = f"- id: two\n  answer: A\n  {second.format(wording)}\n"
    line, other = 3 + second.count("\n"), 3 + first.count("\n")
    assert problems_of(one, b=two) == [
        f'faq/b.yaml:{line}: "{" ".join(wording.split())}" stands under two entries: here under '
        f"'two', and in faq/a.yaml:{other} under 'one'. The bot could not tell them apart. Remove "
        "one."
    ]


def test_a_long_wording_is_shortened_in_the_message() -> None:
    content = f"- {{id: a, answer: A, question: {'q' * 70}}}\n"
    assert problems_of(content + content.replace("id: a", "id: b")) == [
        f"faq/a.yaml:2: \"{'q' * 59}…\" stands under two entries: here under 'b', and in "
        "faq/a.yaml:1 under 'a'. The bot could not tell them apart. Remove one."
    ]


def test_a_wording_twice_under_one_entry_is_no_harm() -> None:
    content = with_key("phrasings: [money back, Money back, can i get a refund?]")
    assert load(content)[0].phrasings == ("money back", "Money back", "can i get a refund?")


def test_related_entries_must_exist_and_be_others() -> None:
    content = with_key("related:\n    - refund\n    - refnud\n    - zzz\n    - b")
    other = "- {id: b, question: Q, answer: A, related: [refund]}\n"
    assert problems_of(content, b=other) == [
        "faq/a.yaml:5: related names 'refund', the entry itself. Remove it.",
        "faq/a.yaml:6: related names 'refnud', but no entry has this id. Did you mean 'refund'?",
        "faq/a.yaml:7: related names 'zzz', but no entry has this id. Correct or remove it.",
    ]


def test_a_related_entry_of_a_file_that_cannot_be_read_is_not_told_as_missing() -> None:
    assert problems_of(with_key("related: [b]"), b="- id: b\n  question: [\n") == [
        "faq/b.yaml:2: a bracket, brace or comma stands here where none can, or is never closed. "
        "Put the text in quotes if it is meant."
    ]


# --- all at once ---------------------------------------------------------------------------------


def test_all_problems_of_all_files_are_told_at_once_in_order() -> None:
    write(
        {
            "a.yaml": REFUND + "  answer: No.\n  tgas: [x]\n  lang: no\n",
            "b.yaml": "- id: refund\n  question: *q\n  answer: &a A\n  phrasings:\n  - 1.10\n",
            "c.yaml": "- id: c\n  question: What: now?\n",
            "d.yml": "",
            "e.yaml": '- id: e\n  question: ""\n  answer:\n  related: [nobody]\n',
            "f.yaml": "",
        }
    )
    Path("faq/g.yaml").write_bytes(b"- id: g\n  question: caf\xe9?\n")
    assert problems_now() == [
        "faq/a.yaml:4: the key 'answer' stands here a second time (first in line 3). Remove one of "
        "the two.",
        f"faq/a.yaml:5: tgas is not a key this bot knows. Did you mean 'tags'? {KNOWN}",
        "faq/a.yaml:6: lang is no, which YAML reads as yes/no; text is needed. Put it in quotes: "
        '"no".',
        "faq/b.yaml:1: the id 'refund' is taken: it stands in faq/a.yaml:1 too. Give one of the "
        "two entries another id.",
        "faq/b.yaml:2: *q is an alias, which this bot does not allow. Write the value out here.",
        "faq/b.yaml:3: &a is an anchor, which this bot does not allow. Remove it, or put the text "
        "in quotes if the & is meant.",
        "faq/b.yaml:5: an item of phrasings is 1.10, which YAML reads as a number; text is needed. "
        'Put it in quotes: "1.10".',
        "faq/c.yaml:2: there is a colon where none can stand, or the line is indented wrongly. Put "
        'a text that holds ": " in quotes, and begin keys of one entry in the same column.',
        "faq/d.yml: this file is not read: the names of FAQ files end in .yaml. Rename it or move "
        "it out of the folder.",
        "faq/e.yaml:2: question is empty; text is needed.",
        "faq/e.yaml:3: answer is empty; text is needed.",
        "faq/f.yaml:1: the file holds no entry. Add one (- id: …), or delete the file.",
        "faq/g.yaml:2: byte 0xe9 is not UTF-8. Save the file as UTF-8.",
    ]
