"""What an edit of the FAQ would do, in words for whoever decides on it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.domain import Faq
from bot.domain.flip import Kind
from bot.files.config.texts import shipped
from bot.files.writing.remark import Remark
from bot.service.admins.learning import Adds, Applied, LearningError, Refusal
from bot.service.admins.proposed import proposal_told, refusal, remarks_told
from tests.factories import entry
from tests.fake_learning import BROKEN, FakeLearning

EN = shipped()["en"].team


def test_in_chinese_the_team_reads_chinese() -> None:
    texts = shipped()["zh"].team
    proposal = asyncio.run(FakeLearning({"a": "退款"}).propose_phrasing("怎么退", "zh", "a"))
    faq = Faq((entry("a", "怎么退款？"),))
    card = proposal_told(proposal, faq, texts)
    assert card.splitlines() == [
        "“\u2068怎么退\u2069”将成为“\u2068怎么退款？\u2069”的另一种问法。",
        "位置：\u2068a.yaml:7\u2069",
        "我用已知的 100 个问题试过，其他回答都不变。",
    ]


def test_what_past_messages_say_is_counted_and_shown_to_nobody() -> None:
    learning = FakeLearning({"a": "A?"})
    proposal = asyncio.run(learning.propose_phrasing("b", None, "a"))
    secret = replace(BROKEN, kind=Kind.LOGGED, text="my secret", broke=False, misleads=True)
    card = proposal_told(replace(proposal, flips=(secret,)), Faq((entry("a", "A?"),)), EN)
    assert "secret" not in card
    assert EN.edit_harm_log.replace("{count}", "1") in card


def test_what_gets_worse_is_named_though_it_does_no_harm() -> None:
    learning = FakeLearning({"a": "A?"})
    proposal = asyncio.run(learning.propose_phrasing("b", None, "a"))
    ours = replace(BROKEN, kind=Kind.HELD_OUT, broke=False)
    past = replace(ours, kind=Kind.LOGGED, text="my secret")
    proposal = replace(proposal, flips=(ours, past))
    card = proposal_told(proposal, Faq((entry("a", "A?"),)), EN)
    assert proposal.harmless
    assert card.splitlines()[-3:] == [
        EN.edit_worse,
        "“\u2068money back\u2069” would get: \u2068Didn't know\u2069",
        EN.edit_worse_log.replace("{count}", "1"),
    ]


def test_where_the_file_cannot_be_written_the_lines_are_shown_to_be_added_by_hand() -> None:
    proposal = asyncio.run(FakeLearning({"a": "A?"}).propose_phrasing("b", None, "a"))
    proposal = replace(proposal, hindrance=Remark("file_owner", {"owner": "7"}))
    card = proposal_told(proposal, Faq((entry("a", "A?"),)), EN)
    assert "the file belongs to another account (uid 7)." in card
    assert "<pre>    - b</pre>" in card


def test_what_is_said_of_files_is_in_the_language_of_whoever_reads_it() -> None:
    """All of it, down to the reason; git's own words stay git's."""
    chinese = shipped()["zh"].team
    why = Remark("not_committed", {"reason": Remark("git_nowhere", {"path": "faq/a.yaml"})})
    applied = Applied(1, Adds.PHRASING, "a", "b", "faq/a.yaml", 0.0, "Anna", remarks=(why,))
    assert remarks_told(applied, chinese) == ["没有提交到 git：faq/a.yaml 不在任何 git 仓库里。"]
    error = LearningError(Refusal.NOT_WRITABLE, "a.yaml: no", Remark("file_folder"))
    assert refusal(error, chinese) == "我在这里写不了 FAQ 文件：这个文件夹不能写入。"
