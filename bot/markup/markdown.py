"""Markdown as answers hold it: markdown-it's rules, but for stars, addresses and links."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import make_fence_rule
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token

from bot.domain import is_web_address

LINE_BREAK = "\v"  # in what was read: white space to Markdown, which leaves it where it is
BLOCKS = ["blockquote", "fence", "heading", "hr", "lheading", "reference", "table"]
INLINE = ["autolink", "backticks", "emphasis", "entity", "escape", "html_inline", "image", "link"]
_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_WRITTEN_TO = ("mailto:", "tel:")
_ADDRESS = re.compile(r"://[^\s<>\[\]()`]+")  # of a web address, from its colon on
# Scripts that put no spaces between words, beside those of wide characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese, Khmer
_MOST_STARS = 3  # ***bold and italic***; more of them mask something: ****1234
_CLOSING, _OPENING = frozenset(")]}"), frozenset("([{")
_IN_PATHS = frozenset("/\\")
_AFTER_A_NUMBER = frozenset("#+<([{=/%")  # where the number goes on: *100*#, *21*+49 …


class _Parser(MarkdownIt):
    """Markdown, whose links lead where they were typed to lead."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return is_web_address(url) or is_elsewhere(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, url: str) -> str:  # noqa: N802
        return url


def is_elsewhere(url: str) -> bool:
    """Whether an address is one that a web page could lead to, and a message cannot."""
    if _SCHEME.match(url):
        return url.startswith(_WRITTEN_TO)
    return url == "" or url[0] in "/.#?" or "/" in url or "." in url.strip(".")


def blocks(source: str, found: dict[str, object]) -> list[Token]:
    """The blocks of an answer, each with the lines it takes; what is in them is not read yet.

    Args:
        found: gets the addresses that stand by themselves, for `inline`.
    """
    tokens: list[Token] = []
    _parser().block.parse(source, _parser(), found, tokens)
    return tokens


def inline(text: str, found: dict[str, object]) -> list[Token]:
    """What stands in a block; a line's end is `LINE_BREAK` in it."""
    tokens: list[Token] = []
    _parser().inline.parse(text.replace("\n", LINE_BREAK), _parser(), found, tokens)
    return tokens


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("zero", {"html": True, "inline_definitions": True, "store_labels": True})
    parser.enable([*BLOCKS, *INLINE, "strikethrough"])
    # A line of tildes parts an answer more often than it begins code.
    fence = make_fence_rule(markers=("`",))
    parser.block.ruler.at("fence", fence, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.after("text", "address", _address)
    return parser


def _address(state: StateInline, silent: bool) -> bool:
    """A web address, whose stars and underscores are its own; the marks around it are not."""
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    scheme = state.src[max(0, state.pos - 5) : state.pos].lower()
    if found is None or not scheme.endswith(("http", "https")):
        return False
    told = found[0].rstrip("*_~")
    if not silent:
        state.append_pending(told)
    state.pos += len(told)
    return True


def _emphasis(state: StateInline, silent: bool) -> bool:
    """As in Markdown, but for stars inside words and numbers, and beside wide characters."""
    start, before = state.pos, len(state.delimiters)
    if not emphasis.tokenize(state, silent):
        return False
    left = state.src[start - 1] if start > 0 else " "
    right = state.src[state.pos] if state.pos < state.posMax else " "
    if state.src[start] == "*":
        opens, closes = _sides(left, right, state.pos - start)
        for delimiter in state.delimiters[before:]:
            delimiter.open = delimiter.open if opens is None else opens
            delimiter.close = delimiter.close if closes is None else closes
    return True


def _sides(left: str, right: str, count: int) -> tuple[bool | None, bool | None]:
    """Whether stars open, and whether they close; None: as in Markdown.

    Args:
        left, right: the characters beside them; a space at an end of the text.
        count: of the stars. One alone is a sign of its own too: 60*80, Kolleg*in.
    """
    is_wide = _is_wide(left) or _is_wide(right)
    is_inside = left.isalnum() and right.isalnum()
    is_spaced = not (is_wide or _UNSPACED.match(left) or _UNSPACED.match(right))
    if (is_inside and (count == 1 or is_spaced)) or count > _MOST_STARS:
        return False, False
    if left in _CLOSING and right in _OPENING:  # (a+b)*(c+d)
        return False, False
    if left in _IN_PATHS and not right.isalnum():  # src/*/test/*.py
        return False, False
    if left.isdigit() and right in _AFTER_A_NUMBER:
        return None, False
    # Where no spaces part the words, "**注意：**请" would stay unformatted otherwise; see
    # https://github.com/commonmark/commonmark-spec/issues/650.
    return (not right.isspace(), not left.isspace()) if is_wide else (None, None)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
