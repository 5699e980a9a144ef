"""config.yaml → Settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from enum import Enum, StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain import Place, Thresholds
from bot.errors import Problem, ProblemList
from bot.files.config.encoder import read_encoder_url
from bot.files.config.http import HttpSettings, read_http, read_keys_file
from bot.files.config.store import INDEX_EXAMPLE, StoreSettings
from bot.files.config.studio import StudioSettings, read_studio
from bot.files.config.telegram import TelegramSettings, read_token_file
from bot.files.config.texts import (
    answers_in,
    language_names,
    other_language,
    read_notice,
    read_texts,
    shipped,
)
from bot.files.section import (
    MAX_PATH_CHARS,
    Key,
    Section,
    describe,
    keys_of,
    known_keys,
    read_keys,
    setting,
)
from bot.files.when import read_weekly, read_zone
from bot.files.yamlfile import Fields, Kind, Scalar, read_yaml
from bot.office_hours import Weekly
from bot.texts import Notice, Phrasebook, Texts

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DEFAULT_PATH = "config.yaml"
THRESHOLD_KEYS = ("answer", "follow_up")
TENTATIVE = "tentative"
_DEFAULT_THRESHOLDS = Thresholds(answer=0.75, follow_up=0.60, tentative=0.69)
_MAX_WORD_CHARS = 200
_ENGLISH = "en"


class Score(StrEnum):
    """Ways of scoring."""

    COSINE = "cosine"
    BLENDED = "blended"


class EncoderKind(StrEnum):
    """Ways of running a model; `ONNX_INT8` rounds its weights, which the others do not."""

    AUTO = "auto"
    ONNX = "onnx"
    ONNX_INT8 = "onnx-int8"
    TORCH = "torch"
    REMOTE = "remote"


class IndexKind(StrEnum):
    """Where phrasings are searched: in the memory of the bot, or in the database of `store.url`."""

    FAISS = "faiss"
    PGVECTOR = "pgvector"


class MultilingualModel(StrEnum):
    """Second encoders, for what the first cannot read."""

    USE = "use-multilingual-3"
    NONE = "none"


# --- readers of single keys; each notes what is wrong, and gives None for the default ---


def _faq(top: Section, key: str) -> Path | None:
    written = top.path(key)
    is_refused = written is None and key in top
    faq = top.folder / (Settings().faq if written is None else written)
    if not is_refused and not exists(faq):
        top.refuse(
            key,
            f'is "{faq}"; there is no such file or folder. Give a folder of *.yaml files, or '
            "one such file.",
        )
    return written


def _model(top: Section, key: str) -> str | None:
    written = top.text(key, max_chars=MAX_PATH_CHARS)
    is_folder = written is not None and exists(found := top.folder / written) and found.is_dir()
    return str(top.folder / str(written)) if is_folder else written


def _encoder(top: Section, key: str) -> EncoderKind | None:
    written = top.node(key)
    if isinstance(written, Scalar) and written.text.strip() == "openvino":
        top.remark(
            written.line, "encoder: openvino no longer exists and is read as auto. Write auto."
        )
        return EncoderKind.AUTO
    return top.one_of(key, EncoderKind)


def _thresholds(top: Section, key: str) -> Thresholds:
    section = top.part(key, known=(*THRESHOLD_KEYS, TENTATIVE))
    lines = read_thresholds(section, _DEFAULT_THRESHOLDS, "the default")
    return replace(lines, tentative=_tentative(section, lines))


def _tentative(section: Section, lines: Thresholds) -> float | None:
    """The line of tentative answers: a number, or off.

    The default gives way to the other two lines; one that is written must stand between them.
    """
    node, default = section.node(TENTATIVE), _DEFAULT_THRESHOLDS.tentative or 0.0
    between = min(max(default, lines.follow_up), lines.answer)
    if node is None:
        return between
    if isinstance(node, Scalar) and node.kind is Kind.BOOL:
        if section.flag(TENTATIVE):
            section.refuse(TENTATIVE, f"is {node.text}; a number or off is needed.")
            return between
        return None
    written = section.number(TENTATIVE, low=-1, high=1)
    if written is None or lines.follow_up <= written <= lines.answer:
        return between if written is None else written
    section.refuse(
        TENTATIVE,
        f"is {written:.15g}; a number from thresholds.follow_up ({lines.follow_up:.15g}) to "
        f"thresholds.answer ({lines.answer:.15g}) is needed, or off.",
    )
    return between


def read_thresholds(section: Section, default: Thresholds, source: str) -> Thresholds:
    """The two lines of a section; a line left out is the default's. Problems are noted there.

    Args:
        source: how a message says where the default's lines come from.
    """
    answer = section.number("answer", low=-1, high=1)
    follow_up = section.number("follow_up", low=-1, high=1)
    if (answer is None and "answer" in section) or (follow_up is None and "follow_up" in section):
        return default  # what was meant is unknown, so the two cannot be compared
    lines = Thresholds(
        answer=default.answer if answer is None else answer,
        follow_up=default.follow_up if follow_up is None else follow_up,
    )
    if lines.follow_up <= lines.answer:
        return lines
    wrong, other, relation = (
        ("follow_up", "answer", "must not exceed")
        if follow_up is not None
        else ("answer", "follow_up", "must not be below")
    )
    origin = f"line {section.line_of(other)}" if other in section else source
    section.refuse(
        wrong,
        f"is {getattr(lines, wrong):.15g} but {relation} thresholds.{other} "
        f"({getattr(lines, other):.15g}, {origin}), or the bot can never ask back. "
        "Lower follow_up or raise answer.",
    )
    return default


def _synonyms(top: Section, key: str) -> tuple[tuple[str, str], ...]:
    table = top.part(key, needed="lines such as  parcel shop: pick-up point  are needed")
    read = {word: table.text(word, max_chars=_MAX_WORD_CHARS) for word in table.keys}
    rows = {word: plain for word, plain in read.items() if plain is not None}
    kept = []
    for word, plain in rows.items():
        held = next((w for w in rows if w.strip() and _holds(plain, w.strip())), None)
        if not word.strip():
            told = f"{key} has an empty word; text is needed before the colon."
            top.note(table.line_of(word), told)
        elif held is not None:
            told = (
                f"becomes {plain!r}, which holds {held!r}, itself a word of this table. Write the "
                "plain word that both should become."
            )
            table.refuse(word, told)
        else:
            kept.append((word.strip(), plain))
    return tuple(sorted(kept))


def _holds(text: str, word: str) -> bool:
    """Whether a word stands in a text: as a whole word, where its script sets words apart."""
    border = r"(?<!\w){}(?!\w)" if word.isascii() else "{}"
    return re.search(border.format(re.escape(word)), text, re.IGNORECASE) is not None


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; there is none where the name is too long for one."""
    try:
        return path.exists()
    except (OSError, ValueError):  # ValueError: a character that no name can hold
        return False


# --- the table ---


@dataclass(frozen=True, slots=True)
class AuthoringSettings:
    """What the authoring: section says, checked. Keys it leaves out have the values below.

    Attributes:
        commit: whether what the bot writes into the FAQ is committed to git.
        digest: when admins are told how the week was, where the office hours are; None: never.
    """

    commit: bool = setting(False)
    digest: Weekly | None = setting(None, read_weekly)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything config.yaml says, checked. Keys it leaves out have the values below.

    A new key is a row here (or in the class of its section), and a comment in config.yaml.

    Attributes:
        faq: the FAQ's folder or file, as named from the working folder; it exists.
        model: a model's name or folder; a relative folder is named from the working folder.
        multilingual_model: what reads messages in languages that the model cannot read.
        encoder: how the model is run.
        encoder_url: with `remote`, the whole address to which texts are posted.
        encoder_model: what the model is called there; None: `model`.
        index: where phrasings are searched.
        threads: that work on one message; None: one, and messages side by side on all cores.
        score: how entries are scored.
        head: with `blended`, fit a classifier where the FAQ has phrasings enough.
        thresholds: in [-1, 1], follow_up <= tentative <= answer.
        follow_up_choices: at most so many entries are offered, 1 to 10.
        synonyms: (business word, plain word); no plain word holds a business word.
        small_talk: return greetings, thanks and the like, which no decision on questions hangs on.
        hot_reload: read files anew as soon as they have changed.
        cache: the folder for what is computed from the FAQ; need not exist.
        timezone: of dates and times in the FAQ and in `notice`; see `zone`.
        notice: what is said above every answer for a time.
        language: the code of the language for people whose own is not among `texts`.
        telegram: who helps, and how the bot behaves in chats.
        token_file: holds Telegram's token, which the environment may hold instead.
        store: what the bot remembers, and where.
        http: the API and the chat for web pages; None: there are none.
        studio: the pages for those who look after the bot, beside it; None: there are none.
        authoring: what the bot does about the FAQ by itself.
        monitoring_port: of this machine alone, for /healthz, /readyz and /metrics; None: none.
        texts: what the bot itself says, by language.
        lock: the file that says what the thresholds were tuned on; need not exist.
        remarks: what is odd in the file but stops nothing.
    """

    faq: Path = setting(Path("faq"), _faq)
    model: str = setting("all-MiniLM-L6-v2", _model, needs_restart=True)
    multilingual_model: MultilingualModel = setting(MultilingualModel.USE, decides=True)
    encoder: EncoderKind = setting(EncoderKind.AUTO, _encoder, needs_restart=True)
    encoder_url: str | None = setting(None, read_encoder_url, needs_restart=True)
    encoder_model: str | None = setting(
        None, partial(Section.text, max_chars=_MAX_WORD_CHARS), needs_restart=True
    )
    index: IndexKind = setting(IndexKind.FAISS, needs_restart=True)
    threads: int | None = setting(None, partial(Section.whole, low=1, high=64), needs_restart=True)
    score: Score = setting(Score.BLENDED, path="matching.score", decides=True)
    head: bool = setting(True, path="matching.head", decides=True)
    thresholds: Thresholds = setting(_DEFAULT_THRESHOLDS, _thresholds, decides=True)
    follow_up_choices: int = setting(3, partial(Section.whole, low=1, high=10), decides=True)
    synonyms: tuple[tuple[str, str], ...] = setting((), _synonyms, decides=True)
    small_talk: bool = setting(True)
    hot_reload: bool = setting(True)
    cache: Path = setting(Path(".cache"))
    timezone: ZoneInfo | None = setting(None, read_zone)
    notice: Notice | None = setting(None, read_notice)
    language: str = setting(_ENGLISH, partial(Section.text, max_chars=_MAX_WORD_CHARS))
    telegram: TelegramSettings = setting(TelegramSettings(), needs_restart=True)
    token_file: Path | None = setting(None, read_token_file, needs_restart=True)
    store: StoreSettings = setting(StoreSettings(), needs_restart=True)
    http: HttpSettings | None = setting(None, read_http, needs_restart=True)
    studio: StudioSettings | None = setting(None, read_studio, needs_restart=True)
    authoring: AuthoringSettings = setting(AuthoringSettings())
    monitoring_port: int | None = setting(
        None,
        partial(Section.whole, low=1, high=65_535),
        path="monitoring.port",
        needs_restart=True,
    )
    texts: Mapping[str, Texts] = field(default_factory=shipped, metadata={"key": Key(read_texts)})
    lock: Path = Path("policy.lock")
    remarks: tuple[Problem, ...] = field(default=(), compare=False, repr=False)

    @property
    def phrasebook(self) -> Phrasebook:
        """What the bot itself says."""
        lines = other_language(), answers_in(), language_names()
        return Phrasebook(self.texts, self.language.lower(), *lines, self.notice, self.zone)

    @property
    def zone(self) -> tzinfo:
        """Where the clock on the wall hangs: in `timezone`, else where the team works, else UTC."""
        hours = self.telegram.office_hours
        return self.timezone or (UTC if hours is None else hours.zone)


def decisive(settings: Settings) -> dict[str, object]:
    """The settings that decisions depend on, by field."""
    names = [name for name, key in keys_of(Settings).items() if key.decides]
    values = {name: getattr(settings, name) for name in names}
    return {name: v.value if isinstance(v, Enum) else v for name, v in values.items()}


def until_restart(served: Settings, read: Settings) -> tuple[Settings, tuple[str, ...]]:
    """What a hot reload may serve of the settings read anew, and which changed keys it may not."""
    fixed = {name: key for name, key in keys_of(Settings).items() if key.needs_restart}
    changed = [key for name, key in fixed.items() if getattr(read, name) != getattr(served, name)]
    kept = replace(read, **{name: getattr(served, name) for name in fixed})
    return kept, tuple(sorted(key.path.partition(".")[0] for key in changed))


def read_settings(
    config: str = DEFAULT_PATH, faq: str | None = None
) -> tuple[Settings, list[Problem]]:
    """Read the configuration; a value that does not fit becomes a problem and its default.

    Args:
        config: the file's path, relative to the working folder; paths inside it are relative to
            the file's own folder.
        faq: an FAQ path that replaces the configured one, relative to the working folder.
    """
    notes = ProblemList(config)
    root = read_yaml(notes)
    if root is not None and not isinstance(root, Fields):
        told = f"the file is {describe(root)}; keys are needed, for example: faq: faq/"
        notes.note(root.line, told)
        root = None
    # Of a file that says nothing more is known, a missing FAQ included.
    unread = tuple(notes.problems) if root is None else ()
    # Every key has a default, so an empty file says nothing wrong.
    top = Section(root or Fields(1, {}, {}), notes, known=known_keys(Settings))
    given = {} if faq is None else {"faq": Path(faq)}
    settings = read_keys(Settings(), top, lock=top.folder / Settings().lock, **given)
    is_remote = settings.encoder is EncoderKind.REMOTE
    if is_remote and "encoder_url" not in top:
        top.refuse("encoder", "is remote; encoder_url, the address of the server, is needed too.")
    if settings.index is IndexKind.PGVECTOR and not settings.store.is_shared:
        top.refuse("index", f"is pgvector, which wants a database in store.url. {INDEX_EXAMPLE}")
    for key in ("encoder_url", "encoder_model"):
        if key in top and not is_remote:
            told = f"{key} does nothing without encoder: remote. Write that, or take this away."
            top.remark(top.line_of(key), told)
    if settings.http is not None and settings.http.keys_file is not None:
        notes.problems += read_keys_file(settings.http.keys_file)[1]
    if settings.notice is not None:
        place = Place(config, top.line_of("notice"))
        settings = replace(settings, notice=replace(settings.notice, place=place))
    if settings.phrasebook.default not in settings.texts:
        top.refuse(
            "language",
            f'is "{settings.language}"; one of {", ".join(settings.texts)} is needed, or its '
            "texts under texts.",
        )
        settings = replace(settings, language=_ENGLISH)
    problems = list(unread or notes.problems)
    if faq is not None and not (faq and exists(settings.faq)):
        problems.append(Problem(faq, None, "there is no such file or folder (given with --faq)."))
    return replace(settings, remarks=tuple(notes.remarks)), problems


def line_of(config: str, key: str) -> int | None:
    """Where a key of the first level stands in a configuration that can be read."""
    notes = ProblemList(config)
    root = read_yaml(notes)
    return Section(root, notes).line_of(key) if isinstance(root, Fields) else None
