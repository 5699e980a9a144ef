"""The lines with curl that the documents tell people to type, against the true process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from tests.e2e.http_asking import serving_http
from tests.e2e.process import ROOT, MakeConfig

DOCUMENTS = ("README.md", "docs/http.md")


def lines(document: str) -> list[str]:
    """The commands that need no conversation and do not wait."""
    told = (ROOT / document).read_text("utf-8").replace("\\\n", " ")
    return [line.strip() for line in re.findall(r"(?m)^ *curl -s [^…\n]*$", told)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_curl_line_is_answered(make_config: MakeConfig) -> None:
    with serving_http(make_config, more=f"faq: '{ROOT / 'faq'}'\n") as api:
        for document in DOCUMENTS:
            found = lines(document)
            assert len(found) > 1
            for line in found:
                command = line.replace("127.0.0.1:8080", f"127.0.0.1:{api.port}")
                done = subprocess.run(
                    command, shell=True, capture_output=True, text=True, check=True
                )
                answer = json.loads(done.stdout)
                assert "status" not in answer, f"{line}: {answer}"
