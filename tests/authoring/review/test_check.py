"""`check`: mistakes first, then what would help most, then the findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.authoring.review import meanings
from bot.errors import ModelError

pytestmark = pytest.mark.usefixtures("looked")

Printed = pytest.CaptureFixture[str]
ENTRY = "- id: hours\n  question: When are you open?\n  answer: Daily.\n"
PLENTY = f"{ENTRY}  phrasings: [opening hours, open today]\n"
FEW = (
    "faq.yaml:1: warning: hours has no wording but its question, so few messages will find it. Add "
    "other ways to ask it under phrasings, such as a few keywords and a sentence in a customer's "
    "own words. [few-wordings]"
)
SCALE = "Scale: measured at the next start."


def check(*options: str, faq: str = ENTRY) -> int:
    Path("faq.yaml").write_text(faq, "utf-8")
    return cli.main(["check", *options])


def check_json(printed: Printed, faq: str) -> dict[str, Any]:
    check("--format", "json", faq=faq)
    found: dict[str, Any] = json.loads(printed.readouterr().out)
    return found


def test_what_was_looked_at_and_what_helps_most_stand_before_the_findings(
    capsys: Printed,
) -> None:
    assert check() == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 entry, 1 wording: 1 warning.",
        "What would help most:",
        "  1. 1 entry has only one or two wordings. Two or three short ones more for each help "
        "most of all. Start at faq.yaml:1.",
        FEW,
        SCALE,
    ]


def test_where_nothing_is_found_one_line_says_so(capsys: Printed) -> None:
    assert check("--strict", faq=PLENTY) == 0
    assert capsys.readouterr().out.splitlines() == ["No problems: 1 entry, 3 wordings.", SCALE]


def test_strict_fails_on_any_finding() -> None:
    assert check("--strict") == 1


def test_fast_looks_for_mistakes_only(capsys: Printed) -> None:
    assert check("--fast", "--strict") == 0
    assert capsys.readouterr().out.splitlines() == ["No problems: 1 entry, 1 wording.", SCALE]


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_a_mistake_is_told_alone_in_every_format_and_fails(capsys: Printed, form: str) -> None:
    assert check("--format", form, faq="- id: hours\n  answer: Daily.\n") == 1
    told = "question is missing: the wording people see on buttons."
    out = capsys.readouterr().out
    if form == "text":
        assert out == f"faq.yaml:1: {told}\n"
    elif form == "github":
        assert out == f"::error file=faq.yaml,line=1,title=error::{told}\n"
    elif form == "json":
        (finding,) = json.loads(out)["findings"]
        assert (finding["path"], finding["line"]) == ("faq.yaml", 1)
        assert (finding["level"], finding["text"]) == ("error", told)
    else:
        (result,) = json.loads(out)["runs"][0]["results"]
        assert (result["level"], result["message"]["text"]) == ("error", told)


def test_a_person_sees_twenty_findings_of_a_kind_unless_they_ask_for_all(capsys: Printed) -> None:
    many = "".join(
        ENTRY.replace("hours", f"e{n}").replace("you", f"shop{chr(97 + n)}") for n in range(25)
    )
    check(faq=many)
    lines = capsys.readouterr().out.splitlines()
    assert sum("[few-wordings]" in line and "warning" in line for line in lines) == 20
    assert lines[-2] == "… and 5 more [few-wordings]; see them with --all"
    check("--all", faq=many)
    assert capsys.readouterr().out.count("warning:") == 25
    assert len(check_json(capsys, many)["findings"]) == 25


def test_a_remark_on_the_configuration_is_a_finding(capsys: Printed) -> None:
    Path("config.yaml").write_text("faq: faq.yaml\nencoder: openvino\n", "utf-8")
    assert check(faq=PLENTY) == 0
    assert capsys.readouterr().out.splitlines()[-2] == (
        "config.yaml:2: warning: encoder: openvino no longer exists and is read as auto. Write "
        "auto. [config]"
    )


def test_an_item_that_is_empty_is_a_finding(capsys: Printed) -> None:
    check(faq=f"{ENTRY}  phrasings:\n    - ''\n    - opening hours\n    - open today\n")
    told = "faq.yaml:5: warning: an item of phrasings is empty and was left out. [empty-wording]"
    assert told in capsys.readouterr().out


def test_what_cannot_be_shown_as_written_is_a_finding(capsys: Printed) -> None:
    check(faq=PLENTY.replace("Daily.", '"![a](b.png)"'))
    told = "faq.yaml:3: warning: answer: the picture 'b.png' is shown as a link or by its name."
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    "written",
    [
        "htps://shop.example.com/a",
        "https//shop.example.com/a",
        "http:/shop.example.com/a",
        "https: //shop.example.com",
        "https://shop..example.com/a",
        "(our page)[https://shop.example.com]",
        "[our page] (https://shop.example.com)",
        "[our page](htp:/shop)",
        "[our page](www:shop)",
    ],
)
def test_a_mistyped_link_is_told_with_its_line(capsys: Printed, written: str) -> None:
    check(faq=PLENTY.replace("Daily.", f"|\n    Daily.\n    See {written} for more."))
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "[broken-link]" in line]
    assert told.startswith(f"faq.yaml:5: warning: answer: {written!r} ")


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example.com/a?b=https://x.example",
        "[our page](https://shop.example.com).",
        "http/2.0, https and http://10.0.0.1:80/",
        "http://localhost:3000",
        "either http / https will do",
        "(see [our page](https://shop.example.com))",
        "[write](mailto:us@shop.example) or [call](tel:+123), [as you like](see below)",
    ],
)
def test_what_is_no_mistyped_link_is_not_told(capsys: Printed, written: str) -> None:
    check(faq=PLENTY.replace("Daily.", f"|\n    See {written}"))
    assert "[broken-link]" not in capsys.readouterr().out


def test_annotations_of_github_keep_to_their_line(capsys: Printed) -> None:
    Path("50%, a:b.yaml").write_text(ENTRY, "utf-8")
    assert cli.main(["check", "--format", "github", "--faq", "50%, a:b.yaml"]) == 0
    assert capsys.readouterr().out.startswith(
        "::warning file=50%25%2C a%3Ab.yaml,line=1,title=few-wordings::hours has no wording but"
    )


def test_sarif_holds_rules_places_and_what_is_silenced(capsys: Printed) -> None:
    silenced = ENTRY.replace("hours", "b").replace("open", "hiring")
    check("--format", "sarif", faq=f"{ENTRY}{silenced}  silence: {{few-wordings: rare}}\n")
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["few-wordings"]
    first, second = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("faq.yaml", 1)
    assert second["suppressions"] == [{"kind": "inSource", "justification": "rare"}]


def test_without_a_model_the_rest_is_told(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModelError("model: it is not here.")

    monkeypatch.setattr(meanings, "read_meanings", fail)
    assert (check(), check("--strict", faq=PLENTY)) == (0, 2)
    said = capsys.readouterr()
    assert FEW in said.out
    assert "What takes the model was not looked for: model: it is not here.\n" in said.err
