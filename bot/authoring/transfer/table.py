"""Rows of a table → drafts, by the names of their columns; and entries → rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.authoring.transfer.draft import Draft, Left, Place, as_shown, refused
from bot.domain import FaqEntry, Link, Translation

_HEAD_WITHIN = 20  # rows; titles and notes may stand above the columns' names
COLUMNS = ("id", "question", "phrasings", "answer", "tags", "lang", "related", "links")
# What people call them; compared without case, signs and numbers.
_NAMES = {
    "id": "id key identifier entryid code 编号 編號",
    "question": (
        "question questions q title faq frage fragen pregunta preguntas domanda domande pergunta "
        "perguntas vraag vragen pytanie вопрос 问题 問題 标题 標題 提问 質問 질문"
    ),
    "answer": (
        "answer answers a reply response text content antwort antworten respuesta respuestas "
        "réponse réponses reponse risposta risposte resposta respostas antwoord odpowiedź ответ "
        "答案 回答 回复 回覆 答复 答覆 答え 답변"
    ),
    "phrasings": (
        "phrasings phrasing phrases variants variant variations alternatives alternative "
        "utterances utterance examples example paraphrases altquestions alternativequestions "
        "alternatequestion alternatequestions similarquestions synonyms varianten beispiele "
        "otherquestions otherwaystoask wordings alternativefragen alternativefrage weiterefragen "
        "anderefragen formulierungen variantes exemples autresquestions questionsalternatives "
        "ejemplos otraspreguntas preguntasalternativas altredomande domandealternative "
        "相似问题 相似问 相似問題 相似问法 问法 問法 其他问法 其他問法"
    ),
    "tags": (
        "tags tag category categories topic topics section group kategorie thema rubrik categoría "
        "categoria catégorie categorie tema 标签 標籤 分类 分類 类别 類別 主题 主題"
    ),
    "lang": "lang language locale sprache idioma langue lingua taal 语言 語言",
    "related": "related relatedquestions seealso 相关 相關",
    "links": "links link url urls 链接 連結",
}
_MEANS = {name: column for column, names in _NAMES.items() for name in names.split()}
_UNSAID = re.compile(r"[\W\d_]+")
_TRANSLATION = re.compile(r"\s*(question|answer)\s*\(([A-Za-z-]{2,20})\)\s*", re.IGNORECASE)
_LINK = re.compile(r"\[(.*)\]\((\S+)\)")
_BAR = " | "
_SEPARATORS = re.compile(r"[,;，、；]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        number: its line in a CSV file, or its number in a sheet; from 1.
    """

    path: str
    number: int
    cells: Sequence[str]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.path, self.number)


def read_table(rows: Iterable[Row], left: Left) -> Iterator[Draft]:
    """The drafts of a table; each sheet has names of columns of its own.

    Raises:
        FileProblems: no sheet has a column of questions and one of answers.
    """
    sheets: dict[str, list[Row]] = {}
    for row in rows:
        sheets.setdefault(row.path, []).append(row)
    heads = {path: _head(sheet) for path, sheet in sheets.items()}
    if not any(head for _, head in heads.values()):
        told = (
            "no row names the columns. Write “question” above the questions and “answer” above "
            "the answers."
        )
        raise refused(next(iter(sheets), "the table"), told)
    for path, sheet in sheets.items():
        first, head = heads[path]
        if not head:
            left.out(Place(path), "no columns of questions and answers are named; it is left out.")
            continue
        for column in _unknown(sheet[first - 1], head) if first else ():
            told = f"the column “{column}” is left out. Other ways to ask stand under “phrasings”."
            left.out(sheet[first - 1].place, told)
        yield from _joined([_draft(row, head, left) for row in sheet[first:]])


def head_of(row: Row) -> Mapping[int, str]:
    """Which columns a row of names names: their places, and what they are."""
    found: dict[int, str] = {}
    for place, cell in enumerate(row.cells):
        translated = _TRANSLATION.fullmatch(cell)
        name = _MEANS.get(_UNSAID.sub("", cell).casefold())
        if translated is not None:
            found[place] = f"{translated[1].lower()} {translated[2]}"
        elif name is not None and (name == "phrasings" or name not in found.values()):
            found[place] = name
    return found if {"question", "answer"} <= set(found.values()) else {}


def _head(sheet: Sequence[Row]) -> tuple[int, Mapping[int, str]]:
    """How many rows stand before the first entry, and what the columns are; none: not known."""
    for number, row in enumerate(sheet[:_HEAD_WITHIN], 1):
        if head := head_of(row):
            return number, head
    filled = [[place for place, cell in enumerate(row.cells) if cell.strip()] for row in sheet]
    asked = sum(row.cells[0].rstrip().endswith(("?", "？")) for row in sheet)
    if asked * 2 > len(sheet) and all(places == [0, 1] for places in filled):
        return 0, {0: "question", 1: "answer"}
    return 0, {}


def _unknown(row: Row, head: Mapping[int, str]) -> list[str]:
    cells = (" ".join(cell.split()) for place, cell in enumerate(row.cells) if place not in head)
    return [cell for cell in cells if cell]


def _draft(row: Row, head: Mapping[int, str], left: Left) -> Draft:
    cells: dict[str, str] = {}
    for column, name in head.items():
        text = row.cells[column].strip(" \t") if column < len(row.cells) else ""
        cells[name] = f"{cells[name]}\n{text}" if cells.get(name) and text.strip() else text
    return Draft(
        place=row.place,
        question=cells["question"],
        answer=as_shown(cells["answer"], row.place, left),
        phrasings=_lines(cells.get("phrasings", "")),
        id=cells.get("id", "").strip(),
        tags=_words(cells.get("tags", "")),
        lang=cells.get("lang", "").strip() or None,
        related=_words(cells.get("related", "")),
        links=_links(cells.get("links", "")),
        translations=_translations(cells),
    )


def _joined(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Rows without an id that give the same answer one after another are one entry."""
    last: Draft | None = None
    for draft in drafts:
        if last is not None and not draft.id and draft.answer and draft.answer == last.answer:
            others = (draft.question, *draft.phrasings)
            last = replace(last, phrasings=(*last.phrasings, *others))
            continue
        if last is not None:
            yield last
        last = draft
    if last is not None:
        yield last


def _lines(text: str) -> tuple[str, ...]:
    lines = text.split("\n") if "\n" in text else text.split(_BAR)
    return tuple(line.strip() for line in lines if line.strip())


def _words(text: str) -> tuple[str, ...]:
    words = text.split("\n") if "\n" in text else _SEPARATORS.split(text)
    return tuple(word.strip() for word in words if word.strip())


def _links(text: str) -> tuple[Link, ...]:
    found = ((line, _LINK.fullmatch(line)) for line in _lines(text))
    return tuple(Link(link[1], link[2]) if link else Link(line, line) for line, link in found)


def _translations(cells: Mapping[str, str]) -> tuple[Translation, ...]:
    langs = dict.fromkeys(name.partition(" ")[2] for name in cells if " " in name)
    both = ((lang, cells.get(f"question {lang}"), cells.get(f"answer {lang}")) for lang in langs)
    return tuple(
        Translation(lang, question, answer)
        for lang, question, answer in both
        if question and answer
    )


# --- out ---


def to_rows(entries: Sequence[FaqEntry]) -> Iterator[list[str]]:
    """A row of names and a row for each entry; lists stand line by line in their cell."""
    langs = list(dict.fromkeys(each.lang for entry in entries for each in entry.translations))
    yield [*COLUMNS, *(f"{name} ({lang})" for lang in langs for name in ("question", "answer"))]
    for entry in entries:
        translated = {each.lang: each for each in entry.translations}
        row = [
            entry.id,
            entry.question,
            _in_lines([" ".join(text.split()) for text in entry.phrasings]),
            entry.answer,
            _listed(entry.tags),
            entry.lang or "",
            _listed(entry.related),
            "\n".join(f"[{link.text}]({link.url})" for link in entry.links),
        ]
        for lang in langs:
            each = translated.get(lang)
            row += ["", ""] if each is None else [each.question, each.answer]
        yield row


def _in_lines(texts: Sequence[str]) -> str:
    """A text in each line; one alone has a line's end where it could be taken for two."""
    return "\n".join(texts) + "\n" * (len(texts) == 1 and _BAR in texts[0])


def _listed(words: Sequence[str]) -> str:
    is_parted = any(_SEPARATORS.search(word) for word in words)
    return "".join(f"{word}\n" for word in words) if is_parted else ", ".join(words)
