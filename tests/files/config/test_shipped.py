"""The config.yaml that is shipped: it says what is so without it, and shows every key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from bot.domain import Thresholds
from bot.files.config.http import HttpLimits, HttpSettings, WidgetSettings
from bot.files.config.settings import AuthoringSettings, Settings, read_settings
from bot.files.config.store import StoreSettings
from bot.files.config.studio import ProxySettings, StudioSettings
from bot.files.config.telegram import Limit, Limits, TelegramSettings, Webhook
from bot.files.config.texts import shipped

# --- the shipped configuration --------------------------------------------------------------------

ROOT = Path(__file__).parent.parent.parent.parent


def test_the_shipped_configuration_says_what_is_so_without_it() -> None:
    loaded, problems = read_settings(str(ROOT / "config.yaml"))
    assert problems == []
    store = StoreSettings(url=f"sqlite:///{ROOT}/data/faq-bot.db", key_file=ROOT / "data" / "key")
    assert loaded == Settings(
        faq=ROOT / "faq", cache=ROOT / ".cache", store=store, lock=ROOT / "policy.lock"
    )


def test_the_examples_of_the_shipped_configuration_work_when_uncommented(tmp_path: Path) -> None:
    """They are the lines "# key: value" and "# - item" from the synonyms on."""
    before, mark, examples = (ROOT / "config.yaml").read_text("utf-8").partition("synonyms:")
    used, count = re.subn(r"(?m)^( +)# (?=- \d|[a-z][a-z_ ]*: )", r"\1", examples)
    (tmp_path / "faq").mkdir(exist_ok=True)
    (tmp_path / "keys.yaml").touch()
    path = tmp_path / "config.yaml"
    path.write_text(before + mark + used, "utf-8")
    loaded, problems = read_settings(str(path))
    assert problems == []
    assert loaded.synonyms == (("parcel shop", "pick-up point"),)
    assert loaded.telegram == TelegramSettings(
        admins=frozenset({123456789}), handoff_chat=-1001234567890
    )
    assert loaded.http == HttpSettings(8080, keys_file=tmp_path / "keys.yaml")
    own = tmp_path / "studio.password", tmp_path / "labelled.jsonl"
    assert loaded.studio == StudioSettings(password_file=own[0], labelled=own[1])
    assert loaded.monitoring_port == 9464
    assert loaded.phrasebook == Settings().phrasebook
    english = shipped()["en"]
    assert count == 11 + len(english.sentences) + len(english.team.sentences)


def test_the_shipped_configuration_shows_every_key() -> None:
    written = (ROOT / "config.yaml").read_text("utf-8")
    written = re.sub(r"monitoring:\s+# port:", "monitoring_port:", written)
    parts = (
        *(Settings, Thresholds, TelegramSettings, Limits, Limit, Webhook),
        *(StoreSettings, AuthoringSettings, HttpSettings, HttpLimits, WidgetSettings),
        *(StudioSettings, ProxySettings),
    )
    names = [
        field.name
        for part in parts
        for field in fields(part)
        if field.name not in {"lock", "remarks"}
    ]
    assert [name for name in names if not re.search(rf"(?m)^ *(# *)?{name}:", written)] == []
