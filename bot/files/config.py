"""config.yaml → Settings."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.domain import Thresholds
from bot.errors import FileProblems, Problem
from bot.files.config_store import StoreSettings, read_store
from bot.files.config_telegram import TelegramSettings, read_telegram
from bot.files.config_texts import read_phrasebook, shipped
from bot.files.section import ProblemList, Section, describe
from bot.files.yamlfile import Fields, Node, read_yaml
from bot.texts import Phrasebook

logger = logging.getLogger(__name__)

DEFAULT_PATH = "config.yaml"
_KEYS = (
    "faq",
    "model",
    "encoder",
    "threads",
    "matching",
    "thresholds",
    "follow_up_choices",
    "synonyms",
    "cache",
    "language",
    "telegram",
    "store",
    "monitoring",
    "texts",
)
_MATCHING_KEYS = ("score", "head")
THRESHOLD_KEYS = ("answer", "follow_up")
_MAX_PATH_CHARS = 4096
_DEFAULT_THRESHOLDS = Thresholds(answer=0.75, follow_up=0.60)
_MAX_WORD_CHARS = 200
_MAX_THREADS = 64
_LANGUAGE = "en"


class Score(StrEnum):
    """Ways of scoring."""

    COSINE = "cosine"
    BLENDED = "blended"


class EncoderKind(StrEnum):
    """Ways of running a model."""

    AUTO = "auto"
    ONNX = "onnx"
    TORCH = "torch"


_ENCODERS = tuple(kind.value for kind in EncoderKind)
_SCORES = tuple(score.value for score in Score)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything config.yaml says, checked. Keys it leaves out have the values below.

    Attributes:
        faq: the FAQ's folder or file, as named from the working folder; it exists.
        model: a model's name or folder; a relative folder is named from the working folder.
        encoder: how the model is run.
        threads: that work on one message; None: one, and messages side by side on all cores.
        score: how entries are scored.
        head: with `blended`, fit a classifier where the FAQ has phrasings enough.
        thresholds: in [-1, 1], follow_up <= answer.
        follow_up_choices: at most so many entries are offered, 1 to 10.
        synonyms: (business word, plain word); no plain word holds a business word.
        cache: the folder for what is computed from the FAQ; need not exist.
        phrasebook: what the bot itself says.
        telegram: who helps, and how the bot behaves in chats.
        store: what the bot remembers, and where.
        lock: the file that says what the thresholds were tuned on; need not exist.
        monitoring_port: of this machine alone, for /healthz, /readyz and /metrics; None: none.
    """

    faq: Path = Path("faq")
    model: str = "all-MiniLM-L6-v2"
    encoder: EncoderKind = EncoderKind.AUTO
    threads: int | None = None
    score: Score = Score.BLENDED
    head: bool = True
    thresholds: Thresholds = _DEFAULT_THRESHOLDS
    follow_up_choices: int = 3
    synonyms: tuple[tuple[str, str], ...] = ()
    cache: Path = Path(".cache")
    phrasebook: Phrasebook = field(default_factory=lambda: Phrasebook(shipped(), _LANGUAGE))
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    lock: Path = Path("policy.lock")
    monitoring_port: int | None = None


def read_settings(
    config: str = DEFAULT_PATH, faq: str | None = None
) -> tuple[Settings, list[Problem]]:
    """Read the configuration; a value that does not fit becomes a problem and its default.

    Args:
        config: the file's path, relative to the working folder; paths inside it are relative to
            the file's own folder.
        faq: an FAQ path that replaces the configured one, relative to the working folder.
    """
    path = Path(config)
    root: Node | None
    try:
        root, problems = read_yaml(path, config)
        is_known = True
    except FileProblems as error:
        root, problems = None, list(error.problems)
        is_known = False
    if root is not None and not isinstance(root, Fields):
        text = f"the file is {describe(root)}; keys are needed, for example: faq: faq/"
        problems.append(Problem(config, root.line, text))
        is_known = False
    if not isinstance(root, Fields):
        root = Fields(1, {}, {})  # every key has a default, so an empty file says nothing wrong
    notes = ProblemList(config)
    settings = _settings(Section(root, notes, known=_KEYS), path.parent, faq)
    if is_known:  # else nothing is known of what the file says, a missing FAQ included
        problems += notes.problems
    if faq is not None and not (faq and exists(settings.faq)):
        problems.append(Problem(faq, None, "there is no such file or folder (given with --faq)."))
    return settings, problems


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; there is none where the name is too long for one."""
    try:
        return path.exists()
    except (OSError, ValueError):  # ValueError: a character that no name can hold
        return False


def _settings(top: Section, folder: Path, faq: str | None) -> Settings:
    default = Settings()
    encoder = top.one_of("encoder", (*_ENCODERS, "openvino"))
    if encoder == "openvino":
        logger.warning("encoder: openvino no longer exists and is read as auto")
        encoder = None
    choices = top.whole("follow_up_choices", low=1, high=10)
    cache = top.text("cache", max_chars=_MAX_PATH_CHARS)
    matching = top.section("matching", known=_MATCHING_KEYS, may_be_empty=True)
    score = None if matching is None else matching.one_of("score", _SCORES)
    head = None if matching is None else matching.flag("head")
    return Settings(
        faq=_faq_path(top, folder, faq),
        model=_model(top, folder),
        encoder=default.encoder if encoder is None else EncoderKind(encoder),
        threads=top.whole("threads", low=1, high=_MAX_THREADS),
        score=default.score if score is None else Score(score),
        head=default.head if head is None else head,
        thresholds=_thresholds(top),
        follow_up_choices=default.follow_up_choices if choices is None else choices,
        synonyms=_synonyms(top),
        cache=folder / (str(default.cache) if cache is None else cache),
        phrasebook=_phrasebook(top),
        telegram=read_telegram(top),
        store=read_store(top, folder),
        lock=folder / default.lock,
        monitoring_port=_monitoring_port(top),
    )


def _monitoring_port(top: Section) -> int | None:
    section = top.section("monitoring", known=("port",), may_be_empty=True)
    return None if section is None else section.whole("port", low=1, high=65_535)


def _faq_path(top: Section, folder: Path, faq: str | None) -> Path:
    written = top.text("faq", max_chars=_MAX_PATH_CHARS)
    if faq is not None:
        return Path(faq)
    path = folder / (str(Settings().faq) if written is None else written)
    is_refused = written is None and "faq" in top
    if not is_refused and not exists(path):
        top.refuse(
            "faq",
            f'is "{path}"; there is no such file or folder. Give a folder of *.yaml files, or '
            "one such file.",
        )
    return path


def _model(top: Section, folder: Path) -> str:
    written = top.text("model", max_chars=_MAX_PATH_CHARS)
    if written is None:
        return Settings().model
    beside = folder / written
    return str(beside) if exists(beside) and beside.is_dir() else written


def _thresholds(top: Section) -> Thresholds:
    section = top.section("thresholds", known=THRESHOLD_KEYS, may_be_empty=True)
    if section is None:
        return _DEFAULT_THRESHOLDS
    return read_thresholds(section, _DEFAULT_THRESHOLDS, "the default")


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
    if lines.follow_up > lines.answer:

        def origin(key: str) -> str:
            return f"line {section.line_of(key)}" if key in section else source

        wrong, other, relation = (
            ("follow_up", "answer", "must not exceed")
            if follow_up is not None
            else ("answer", "follow_up", "must not be below")
        )
        section.refuse(
            wrong,
            f"is {getattr(lines, wrong):.15g} but {relation} thresholds.{other} "
            f"({getattr(lines, other):.15g}, {origin(other)}), or the bot can never ask back. "
            "Lower follow_up or raise answer.",
        )
        return default
    return lines


def _phrasebook(top: Section) -> Phrasebook:
    language = top.text("language", max_chars=_MAX_WORD_CHARS)
    phrasebook = read_phrasebook(top, (_LANGUAGE if language is None else language).lower())
    if phrasebook.default in phrasebook.languages:
        return phrasebook
    known = tuple(phrasebook.languages)
    top.refuse(
        "language",
        f'is "{language}"; one of {", ".join(known)} is needed, or all of its texts under texts.',
    )
    return Phrasebook(phrasebook.languages, _LANGUAGE)


def _synonyms(top: Section) -> tuple[tuple[str, str], ...]:
    rows = top.table("synonyms", max_chars=_MAX_WORD_CHARS)
    kept = []
    for word, plain, line in rows:
        held = next((w for w, _, _ in rows if w.strip() and _holds(plain, w.strip())), None)
        if not word.strip():
            top.refuse_line(line, "synonyms has an empty word; text is needed before the colon.")
        elif held is not None:
            top.refuse_line(
                line,
                f"synonyms.{word} becomes {plain!r}, which holds {held!r}, itself a word of this "
                "table. Write the plain word that both should become.",
            )
        else:
            kept.append((word.strip(), plain))
    return tuple(sorted(kept))


def _holds(text: str, word: str) -> bool:
    """Whether a word stands in a text: as a whole word, where its script sets words apart."""
    border = r"(?<!\w){}(?!\w)" if word.isascii() else "{}"
    return re.search(border.format(re.escape(word)), text, re.IGNORECASE) is not None
