"""Pictures and documents of an answer: files of the FAQ folder, or web addresses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain import Attachment, FileKind, Thresholds
from bot.errors import FileProblems
from bot.files.faq.load import load_faq
from tests.files.reading import rows_of

LINES = Thresholds(answer=0.75, follow_up=0.60)
ENTRY = "- id: a\n  question: Q\n  answer: A\n  attachments:\n"
PHOTO = FileKind.PHOTO
DOCUMENT = FileKind.DOCUMENT
OUTSIDE = "this is outside of the FAQ folder faq. Put the file into it."


@pytest.fixture(autouse=True)
def _files(folder: Path) -> None:
    """A few files in the FAQ folder, and one outside of it."""
    for name in ("faq/x.jpg", "faq/list.pdf", "faq/sub/y.png", "outside.jpg"):
        put(name)


def put(name: str, size: int = 1) -> None:
    """A file of some size, which takes no space."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, size)


def load(*items: str, file: str = "faq/a.yaml", faq: str = "faq") -> tuple[Attachment, ...]:
    """The attachments of one entry; its first item stands in line 5."""
    written = ENTRY + "".join(f"    - {item}\n" for item in items)
    Path(file).write_text(written, encoding="utf-8")
    (entry,) = load_faq(Path(faq), LINES).entries
    return entry.attachments


def problems_of(*items: str, file: str = "faq/a.yaml", faq: str = "faq") -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load(*items, file=file, faq=faq)
    return str(caught.value).split("\n")


# --- what is read --------------------------------------------------------------------------------


def test_attachments_are_read_in_their_order() -> None:
    assert load(
        "{document: list.pdf, caption: '  All *prices* '}",
        "{photo: x.jpg}",
        "{photo: 'https://shop.example.com/x?a=1'}",
        "{document: 'http://shop.example.com/list.pdf', caption: Prices}",
    ) == (
        Attachment(DOCUMENT, "faq/list.pdf", "All *prices*"),
        Attachment(PHOTO, "faq/x.jpg", ""),
        Attachment(PHOTO, "https://shop.example.com/x?a=1", ""),
        Attachment(DOCUMENT, "http://shop.example.com/list.pdf", "Prices"),
    )


@pytest.mark.parametrize(
    ("file", "written", "source"),
    [
        ("faq/a.yaml", "sub/y.png", "faq/sub/y.png"),
        ("faq/sub/a.yaml", "y.png", "faq/sub/y.png"),
        ("faq/sub/a.yaml", "../x.jpg", "faq/sub/../x.jpg"),
    ],
)
def test_a_path_begins_at_the_folder_of_its_own_file(file: str, written: str, source: str) -> None:
    assert load(f"{{photo: {written}}}", file=file) == (Attachment(PHOTO, source),)
    assert Path(source).exists()


def test_the_faq_may_be_one_file_and_the_folder_of_its_attachments_is_its_own() -> None:
    found = load("{photo: sub/y.png}", file="faq/one.txt", faq="faq/one.txt")
    assert found == (Attachment(PHOTO, "faq/sub/y.png"),)
    assert problems_of("{photo: ../outside.jpg}", file="faq/one.txt", faq="faq/one.txt") == [
        f'faq/one.txt:5: attachments.photo is "../outside.jpg"; {OUTSIDE}'
    ]


def test_a_link_to_the_faq_folder_or_within_it_is_followed(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "faq")
    Path("faq/linked.jpg").symlink_to("sub/y.png")
    assert load("{photo: linked.jpg}", faq="link") == (Attachment(PHOTO, "link/linked.jpg"),)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (PHOTO, ["x.jpg", "x.JPG", "x.jpeg", "x.png", "x.WebP"]),
        (DOCUMENT, ["x.jpg", "x.pdf", "x.tar.gz", "x", "价目表.xlsx"]),
    ],
)
def test_a_photo_has_the_name_of_one_and_a_document_any_name(
    kind: FileKind, names: list[str]
) -> None:
    for name in names:
        put(f"faq/{name}")
        assert load(f"{{{kind}: {name}}}") == (Attachment(kind, f"faq/{name}"),)


@pytest.mark.parametrize(("kind", "most"), [("photo", 10_000_000), ("document", 50_000_000)])
def test_a_file_is_as_large_as_bots_may_send(kind: str, most: int) -> None:
    put("faq/x.png", most)
    assert load(f"{{{kind}: x.png}}") == (Attachment(FileKind(kind), "faq/x.png"),)
    put("faq/x.png", most + 1)
    assert problems_of(f"{{{kind}: x.png}}") == [
        f'faq/a.yaml:5: attachments.{kind} is "x.png"; the file has {most + 1:,} bytes; a {kind} '
        f"may have {most:,}. Make it smaller."
    ]


def test_a_caption_is_as_long_as_telegram_takes_it() -> None:
    """Which counts most emoji as two."""
    for caption in ("x" * 1_024, "🙂" * 512):
        assert load(f"{{photo: x.jpg, caption: {caption}}}")[0].caption == caption
    told = "at most 1,024 are possible. Shorten it."
    assert problems_of(
        f"{{photo: x.jpg, caption: {'x' * 1_025}}}", f"{{photo: x.jpg, caption: {'🙂' * 513}}}"
    ) == [
        f"faq/a.yaml:5: attachments.caption has 1,025 characters; {told}",
        "faq/a.yaml:6: attachments.caption has 1,026 characters, as Telegram counts them (most "
        f"emoji as two); {told}",
    ]


# --- problems ------------------------------------------------------------------------------------


NAMES = {
    "OUTSIDE": OUTSIDE,
    "ADDRESS": "an address that begins with https:// or http:// is needed, or a file's path.",
    "TEXT": "text is needed. Put it in quotes if the colon, dash or bracket is meant.",
    "SUFFIX": "a photo's name ends in .jpg, .jpeg, .png or .webp. Send other files as a document.",
}
CASES = """
{photo: z.jpg} → photo is "z.jpg"; there is no such file in faq.
{document: sub/z.pdf} → document is "sub/z.pdf"; there is no such file in faq/sub.
{document: sub} → document is "sub"; this is a folder; a file is needed.
{document: pipe} → document is "pipe"; there is no such file in faq.
{document: round} → document is "round"; there is no such file in faq.
{document: empty.pdf} → document is "empty.pdf"; the file is empty. Save it anew.
{photo: list.pdf} → photo is "list.pdf"; <SUFFIX>
{photo: ../outside.jpg} → photo is "../outside.jpg"; <OUTSIDE>
{photo: sub/../../outside.jpg} → photo is "sub/../../outside.jpg"; <OUTSIDE>
{photo: ../faq-2/x.jpg} → photo is "../faq-2/x.jpg"; <OUTSIDE>
{photo: linked.jpg} → photo is "linked.jpg"; <OUTSIDE>
{document: /etc/passwd} → document is "/etc/passwd"; a path from this file's folder on is needed.
    Put the file into the FAQ folder.
{photo: 'ftp://shop.example.com/x.jpg'} → photo is "ftp://shop.example.com/x.jpg"; <ADDRESS>
{photo: 'https://shop example/x.jpg'} → photo is "https://shop example/x.jpg"; <ADDRESS>
{photo: ''} → photo is empty; text is needed.
{photo: [x.jpg]} → photo is a list; <TEXT>
{caption: Hello} → photo or document is missing: a file's path from this file's folder on, or a web
    address.
{photo: x.jpg, document: list.pdf} → document stands beside photo. Give each an item of its own.
{photo: x.jpg, caption: ''} → caption is empty; text is needed.
{photo: x.jpg, captoin: Hi} → captoin is not a key this bot knows. Did you mean 'caption'? Known
    here: photo, document, caption.
x.jpg → an item of attachments is "x.jpg"; needed, for example: {photo: pictures/label.jpg,
    caption: Where the label goes}.
"""


@pytest.mark.parametrize(("item", "told"), rows_of(CASES, NAMES))
def test_an_attachment_that_does_not_fit_is_told_with_what_was_needed(
    folder: Path, item: str, told: str
) -> None:
    put("faq/empty.pdf", 0)
    put("faq-2/x.jpg")
    os.mkfifo("faq/pipe")
    Path("faq/round").symlink_to("round")
    Path("faq/linked.jpg").symlink_to(folder / "outside.jpg")
    where = "" if told.startswith("an item") else "attachments."
    assert problems_of(item) == [f"faq/a.yaml:5: {where}{told}"]


def test_a_name_that_no_file_can_have_is_told() -> None:
    assert problems_of(f"{{document: {'n' * 300}}}") == [
        f'faq/a.yaml:5: attachments.document is "{"n" * 59}…"; the file cannot be read (File name '
        "too long). Check its permissions."
    ]


def test_a_file_that_may_not_be_read_is_told_and_one_outside_of_the_faq_is_not_even_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true_open = Path.open

    def refuse(path: Path, *args: object, **kwargs: object) -> object:
        if path.suffix == ".jpg":
            raise PermissionError(13, "Permission denied")
        return true_open(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    assert problems_of("{photo: x.jpg}", "{photo: ../outside.jpg}") == [
        'faq/a.yaml:5: attachments.photo is "x.jpg"; the file cannot be read (Permission denied). '
        "Check its permissions.",
        f'faq/a.yaml:6: attachments.photo is "../outside.jpg"; {OUTSIDE}',
    ]


def test_attachments_are_a_list() -> None:
    Path("faq/a.yaml").write_text(ENTRY.replace("ments:", "ments: x.jpg"), encoding="utf-8")
    with pytest.raises(FileProblems) as caught:
        load_faq(Path("faq"), LINES)
    assert str(caught.value) == (
        'faq/a.yaml:4: attachments is "x.jpg"; a list is needed, for example: {photo: '
        "pictures/label.jpg, caption: Where the label goes}."
    )


def test_every_problem_of_every_item_is_told_at_its_line() -> None:
    assert problems_of("photo: z.jpg\n      caption: ''", "{photo: x.jpg}", "{document: sub}") == [
        'faq/a.yaml:5: attachments.photo is "z.jpg"; there is no such file in faq.',
        "faq/a.yaml:6: attachments.caption is empty; text is needed.",
        'faq/a.yaml:8: attachments.document is "sub"; this is a folder; a file is needed.',
    ]
