"""Another text in the place of one that an entry has, and all around it as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.authoring.edit.places import Place, Splice, compose, end_of
from bot.authoring.edit.written import (
    DOUBLE,
    PLAIN,
    SINGLE,
    Data,
    block,
    data_of,
    in_flow,
    read_node,
    scalar,
)

Value = str | tuple[str, ...]
# What an entry can be without, and behind which key it stands: the first of these that is there.
_BEHIND = {
    "lang": ("question",),
    "phrasings": ("lang", "question"),
    "tags": ("answer",),
    "related": ("tags", "answer"),
}
_IN_ONE_LINE = frozenset({"tags", "related"})


def reworded(text: str, number: int, values: Mapping[str, Value]) -> str | None:
    """Entries of which one says something else; None where it takes a person to write that.

    Args:
        text: a list of entries, without a mark of byte order.
        number: the place of the entry among them, from 0.
        values: by key, a text or a list of texts; with "" or () the key is taken away.
    """
    for key, value in values.items():
        wanted = _said(text)
        if not isinstance(wanted, list) or not isinstance(entry := wanted[number], dict):
            return None
        entry[key] = value if isinstance(value, str) else list(value)
        if not value and key in _BEHIND:
            del entry[key]
        found = (each for each in _ways(text, number, key, value) if _said(each) == wanted)
        text = next(found, "")
    return text or None


def _said(text: str) -> Data:
    return data_of(read_node("-", text.encode("utf-8", "surrogatepass")))


def _ways(text: str, number: int, key: str, value: Value) -> Iterator[str]:
    """Ways to have a key say something else: the whole text, each time."""
    root = compose(text)
    if isinstance(root, SequenceNode) and number < len(root.value):
        node = root.value[number]
        if isinstance(node, MappingNode):
            for splices in _Rewording(text, node, 0).ways(key, value):
                yield _applied(text, splices)


def _applied(text: str, splices: Sequence[Splice]) -> str:
    for splice in sorted(splices, key=lambda one: one.start, reverse=True):
        text = splice.apply(text)
    return text


class _Rewording(Place):
    """An entry whose texts are to be other ones."""

    def ways(self, key: str, value: Value) -> Iterator[list[Splice]]:
        """Each way is changes of different places."""
        pairs = self._node.value
        at = next((place for place, pair in enumerate(pairs) if pair[0].value == key), None)
        if at is None:
            yield from self._new(key, value)
        elif not value and key in _BEHIND:
            yield from self._without(at)
        elif isinstance(value, str):
            for splice in self._anew(pairs[at][1], value, in_flow=self._node.flow_style):
                yield [splice]
        elif isinstance(pairs[at][1], SequenceNode):
            yield from _Listing(self.text, pairs[at][1], self._shift).ways_to_list(value)

    def _new(self, key: str, value: Value) -> Iterator[list[Splice]]:
        behind, is_short = _BEHIND.get(key, ()), key in _IN_ONE_LINE
        for splice in self.add_key(key, value, behind, in_one_line=is_short):
            yield [splice]

    def _without(self, at: int) -> Iterator[list[Splice]]:
        key, value = self._node.value[at]
        if self._node.flow_style:
            yield [self._flow_cut(self._node.value, at, at + 1)]
        elif at:
            start = self._line_start(self._start(key))
            yield [self._cut(start, next(iter(self.after(value))))]

    def _anew(self, old: Node, value: str, *, in_flow: bool) -> Iterator[Splice]:
        """Ways to put a text in the place of one."""
        if not isinstance(old, ScalarNode):
            return
        start, mark = self._start(old), self._at(old)
        end = start + len(self.text[start : end_of(old) + self._shift].rstrip())
        was = self.text[start:end]
        is_block = mark in ("|", ">")
        if not in_flow and (is_block or "\n" in value):
            line_end = self.break_at(len(self.text))
            head, _, rest = was.partition(line_end)
            indent = " " * (len(rest) - len(rest.lstrip(" "))) if is_block else ""
            written = block(value, indent or " " * (self.column + 2), line_end)
            if written is not None and mark == "|":
                yield Splice(start, was, head + written.removeprefix("|"))
            if written is not None:
                yield Splice(start, was, written)
        style = mark if mark in (SINGLE, DOUBLE) else PLAIN
        yield Splice(start, was, scalar(value, style, in_flow=in_flow))

    def _cut(self, start: int, end: int) -> Splice:
        return Splice(start, self.text[start:end], "")

    def _flow_cut(self, parts: Sequence[object], first: int, last: int) -> Splice:
        """Without some of the values in brackets or braces, which are not all."""
        spans = [self._span(part) for part in parts]
        if last < len(spans):
            return self._cut(spans[first][0], spans[last][0])
        return self._cut(spans[first - 1][1] if first else spans[0][0], spans[last - 1][1])

    def _span(self, part: object) -> tuple[int, int]:
        ends = part if isinstance(part, tuple) else (part, part)
        return self._start(ends[0]), end_of(ends[1]) + self._shift


class _Listing(_Rewording):
    """A list of texts, which is to hold other ones."""

    def ways_to_list(self, value: Sequence[str]) -> Iterator[list[Splice]]:
        """See `_Rewording.ways`."""
        items = self._node.value
        if not items:
            written = in_flow(list(value), self.style)[1:-1]
            yield [self.into_flow(written)]
            return
        if not all(isinstance(item, ScalarNode) for item in items):
            return
        old = [item.value.strip() for item in items]
        splices: list[Splice] = []
        matcher = SequenceMatcher(None, old, value, autojunk=False)
        for tag, first, last, begin, end in matcher.get_opcodes():
            if tag == "equal":
                continue
            both = min(last - first, end - begin)
            for place in range(both):
                item, wanted = items[first + place], value[begin + place]
                splices.append(next(self._anew(item, wanted, in_flow=self._node.flow_style)))
            if first + both < last:
                splices.append(self._without_items(first + both, last))
            if begin + both < end:
                splices.append(self._more(first + both, value[begin + both : end]))
        yield splices

    def _without_items(self, first: int, last: int) -> Splice:
        items = self._node.value
        if self._node.flow_style:
            return self._flow_cut(items, first, last)
        start = self._line_start(self._start(items[first]))
        return self._cut(start, self._next_line(end_of(items[last - 1]) + self._shift))

    def _more(self, place: int, values: Sequence[str]) -> Splice:
        """Texts before an item, or behind the last."""
        items, style = self._node.value, self.style
        if self._node.flow_style:
            written = ", ".join(scalar(each, style, in_flow=True) for each in values)
            if place:
                return Splice(self._span(items[place - 1])[1], "", f", {written}")
            return Splice(self._start(items[0]), "", f"{written}, ")
        dash, gap = self.dash()
        lines = [f"{dash}-{gap}{scalar(each, style)}" for each in values]
        if place:
            return self.lines_at(next(iter(self.after(items[place - 1]))), lines)
        return self.lines_at(self._line_start(self._start(items[0])), lines)
