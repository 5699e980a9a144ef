"""The files of deploy/, read: the Dockerfile, Compose, the systemd unit, and what they refer to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from bot.files.config.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = DEPLOY / "Dockerfile"
LOCK = Settings().lock.name


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), comments gone and continued lines joined."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    pairs = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name.upper(), rest) for name, rest in pairs]


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def final_stage() -> list[tuple[str, str]]:
    found = instructions()
    last = max(i for i, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def copied_from_context() -> list[str]:
    """What the Dockerfile takes from the project, not from another stage."""
    copies = [rest.split() for rest in arguments("COPY") if "--from=" not in rest]
    return [source.rstrip("/") for words in copies for source in words[:-1]]


def readme() -> str:
    return (DEPLOY / "README.md").read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return parsed


def service() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]["bot"]
    return found


def unit() -> dict[str, list[str]]:
    """The systemd unit: every setting with all its values, in order."""
    values: dict[str, list[str]] = {}
    for line in (DEPLOY / "faq-bot.service").read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";", "[")):
            values.setdefault(key.strip(), []).append(value.strip())
    return values


def ignore_patterns(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def shipped() -> Settings:
    settings, problems = read_settings(str(ROOT / "config.yaml"))
    assert problems == []
    return settings


def cache_folder() -> str:
    """Where the shipped config puts the cache, from the project root."""
    return shipped().cache.relative_to(ROOT).as_posix()


def data_folder() -> str:
    """Where the shipped config puts the database and its key, from the project root."""
    kept = shipped().store
    database = Path(kept.url.removeprefix("sqlite:///"))
    assert database.parent == kept.key_file.parent
    return database.parent.relative_to(ROOT).as_posix()


def torch_pin(text: str) -> str:
    pins = set(re.findall(r"(?<![\w-])torch==([\w.+]+)", text))
    assert len(pins) == 1, f"one torch pin wanted, found {sorted(pins)}"
    return str(pins.pop())
