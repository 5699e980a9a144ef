"""HTML pages → drafts: schema.org's FAQPage, what opens and closes, definitions, headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.authoring.transfer.draft import Draft, Left, Place, refused
from bot.authoring.transfer.faq_page import read_values
from bot.authoring.transfer.html_tree import Element, answer_of, read_html
from bot.authoring.transfer.source import Source, parse_json
from bot.domain import is_web_address
from bot.errors import FileProblems

_HEADING = re.compile("h[1-6]")
_BOLD = 7  # the level of what is no heading, below all of them
_AROUND = frozenset({"nav", "header", "footer", "aside"})
_ASKS = ("?", "？", "؟")
_NUMBERED = re.compile(
    r"(?:(?:q(?:uestion)?|f(?:rage)?|问题?|問題?)\s*\d*\s*[:.：)]|\d{1,3}[.)、])\s*", re.IGNORECASE
)
_ANSWERED = re.compile(r"(?:a(?:nswer)?|antwort|答案?|回答)\s*[:：]\s*", re.IGNORECASE)
_NOTHING = (
    "no question with an answer was found. They are looked for as schema.org FAQPage, as <details>,"
    " as <dt> and <dd>, and as headings with text below."
)


def read(source: Source, left: Left) -> list[Draft]:
    """The drafts of a page.

    Raises:
        FileProblems: there are none, or it is too large.
        BotError: what reads HTML is not installed.
    """
    return read_page(source.text(), source.path, left)


def read_page(text: str, path: str, left: Left) -> list[Draft]:
    """The drafts of a page's text, by the way of writing them down that finds most."""
    page = _Page(read_html(text, path), path)
    best: list[Draft] = []
    told, most = Left(), 0
    for way in (_structured, _microdata, _marked, _headings):
        notes = Left()
        drafts = [draft for draft in way(page, notes) if draft.question]
        answered = sum(bool(draft.answer) for draft in drafts)
        if answered > most:
            best, told, most = drafts, notes, answered
        if best and way in _SAID:
            break
    if not best:
        raise refused(path, _NOTHING)
    for problem in told:
        left.take(problem)
    return best


@dataclass(slots=True)
class _Page:
    root: Element
    path: str
    base: str = ""
    body: Element = field(default_factory=lambda: Element("body"))

    def __post_init__(self) -> None:
        all_of = list(self.root.elements())
        for element in all_of:
            address = element.attributes.get("href", "")
            is_base = element.tag == "base" or (
                element.tag == "link" and element.attributes.get("rel") == "canonical"
            )
            if is_base and is_web_address(address):
                self.base = self.base or address
        mains = [element for element in all_of if element.tag == "main"]
        self.body = mains[0] if len(mains) == 1 else self.root

    def draft(
        self, question: str, parts: Sequence[Element | str], left: Left, tags: Sequence[str] = ()
    ) -> Draft:
        question = _NUMBERED.sub("", question.strip(), count=1) if question else ""
        place = Place(self.path, None, question)
        answer = answer_of(parts, place, left, self.base)
        answer = answer[found.end() :] if (found := _ANSWERED.match(answer)) else answer
        return Draft(place, question, answer, tags=tuple(tags))


def _structured(page: _Page, left: Left) -> Iterator[Draft]:
    for element in page.root.elements():
        if element.tag == "script" and "ld+json" in element.attributes.get("type", ""):
            try:
                value = parse_json("".join(map(str, element.children)), page.path)
            except FileProblems:
                continue  # pages work with a mistake in it; its text is looked at then
            yield from read_values(value, page.path, left, page.base)


def _microdata(page: _Page, left: Left) -> Iterator[Draft]:
    for element in page.root.elements():
        if element.attributes.get("itemtype", "").endswith("schema.org/Question"):
            props = {each.attributes.get("itemprop", ""): each for each in element.elements()}
            name, text = props.get("name"), props.get("text") or props.get("acceptedAnswer")
            if name is not None and text is not None:
                yield page.draft(name.text(), text.children, left)


_SAID = (_structured, _microdata)  # say of themselves that they are questions


def _marked(page: _Page, left: Left) -> Iterator[Draft]:
    """What opens and closes, and lists of definitions; the heading above is what it is about."""
    tags: list[str] = []
    for element in page.body.elements():
        if _HEADING.fullmatch(element.tag) and element.tag != "h1":
            tags = [element.text()]
        elif element.tag == "details":
            summaries = [each for each in element.elements() if each.tag == "summary"]
            if summaries:
                parts = [each for each in element.children if each is not summaries[0]]
                yield page.draft(summaries[0].text(), parts, left, tags)
        elif element.tag == "dl":
            yield from _defined(page, element, left, tags)


def _defined(page: _Page, element: Element, left: Left, tags: Sequence[str]) -> Iterator[Draft]:
    asked: list[str] = []
    parts: list[Element | str] = []
    for each in (*(e for e in element.elements() if e.tag in {"dt", "dd"}), Element("dt")):
        if each.tag == "dd":
            parts.append(each)
            continue
        if asked and parts:
            draft = page.draft(asked[0], parts, left, tags)
            yield replace(draft, phrasings=tuple(asked[1:]))
            asked, parts = [], []
        asked.append(each.text())


@dataclass(slots=True)
class _Section:
    """A heading and what stands between it and the next one."""

    level: int
    title: str
    parts: list[Element | str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not any(isinstance(p, Element) or p.strip() for p in self.parts)


def _headings(page: _Page, left: Left) -> Iterator[Draft]:
    sections = _sections(page.body)
    level = _level_of_questions(sections)
    above: dict[int, str] = {}
    open_: tuple[str, list[Element | str], list[str]] | None = None
    for section in (*sections, _Section(0, "")):
        if section.level > level and open_ is not None:
            open_[1].extend([Element(f"h{section.level}", {}, [section.title]), *section.parts])
            continue
        if open_ is not None:
            yield page.draft(*open_[:2], left, open_[2])
            open_ = None
        if section.level == level:
            tags = [above[each] for each in sorted(above) if each > 1]
            open_ = (section.title, list(section.parts), tags)
        else:
            above = {each: title for each, title in above.items() if each < section.level}
            above[section.level] = section.title


def _level_of_questions(sections: Sequence[_Section]) -> int:
    """The level most headings that ask are of; where none asks, most that have text below."""
    asking = Counter(each.level for each in sections if each.title.endswith(_ASKS))
    told = asking or Counter(each.level for each in sections if not each.is_empty)
    return max(told, key=lambda level: (told[level], level), default=0)


def _asked_in_bold(element: Element) -> Element | None:
    """A question that is only bold, or a button, where it begins a paragraph."""
    if element.tag == "button":
        return element if element.text().endswith(_ASKS) else None
    first = next((e for e in element.children if isinstance(e, Element) or e.strip()), None)
    is_bold = isinstance(first, Element) and first.tag in {"b", "strong"}
    if element.tag not in {"p", "div"} or not isinstance(first, Element) or not is_bold:
        return None
    return first if first.text().endswith(_ASKS) else None


def _sections(body: Element) -> list[_Section]:
    """The headings of a page, wherever they lie, in their order."""
    found: list[_Section] = []

    def walk(element: Element) -> None:
        for child in element.children:
            if isinstance(child, str):
                if found:
                    found[-1].parts.append(child)
            elif _HEADING.fullmatch(child.tag):
                found.append(_Section(int(child.tag[1]), child.text()))
            elif child.tag in _AROUND:
                continue
            elif (asked := _asked_in_bold(child)) is not None:
                told = () if asked is child else child.children
                rest = [each for each in told if each is not asked]
                found.append(_Section(_BOLD, asked.text(), rest))
            elif any(_HEADING.fullmatch(e.tag) or _asked_in_bold(e) for e in child.elements()):
                walk(child)
            elif found:
                found[-1].parts.append(child)

    walk(body)
    return found
