"""Texts for the fuzzers: anything, and what is likelier than anything to break something."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.hostile.cases import lines

_LONGEST = 200  # characters of a hostile text as it is; repetition is the fuzzer's to find

HOSTILE: list[str] = [
    line["text"]
    for line in lines("texts.jsonl")
    if isinstance(line["text"], str) and len(line["text"]) <= _LONGEST
]
_SIGNS = (
    *("\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\ufe0f", "\ufeff", "\u00ad", "\u034f"),
    *("\u0301", "\u0323", "\u0345", "\u3099", "\u1100", "\u1161", "\u11a8", "\u0f71", "\u0f72"),
    *("\ud83d", "\ude00", "\x00", "\x1b", "\x1c", "\x85", "\u2028", "\u2029", "\xa0", "\u3000"),
    *("\ufdfa", "\ufb01", "\u2026", "\u037e", "\u0130", "\u1e9e", "\u212a", "\U0001d400", "😀"),
    *("*", "**", "_", "`", "``", "[", "]", "](", "](https://x.com/a)", ")", "\\", "!", "<", ">"),
    *("<b>", "</b>", "&", "&amp;", "&#60;", '"', "'", "{", "}", "{name}", "{text}", "%s", "#"),
    *("\n", "\n\n", "\r\n", "\t", " ", ". ", "。", "？", "?", "and ", "另外", "1", "yes", "none"),
    *("refund", "Where is my parcel?", "退款", "not ", "2024", "a"),
)
TEXTS: st.SearchStrategy[str] = st.one_of(
    st.text(),
    st.text(st.characters(exclude_categories=())),  # halves of characters as well
    st.lists(st.one_of(st.sampled_from(_SIGNS), st.text(max_size=3)), max_size=40).map("".join),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
    st.tuples(st.sampled_from(_SIGNS), st.integers(0, 5_000)).map(lambda pair: pair[0] * pair[1]),
)
