"""One request to a server: where it goes, and whom it trusts."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.files.config.settings import read_settings
from bot.matching.encoder.remote.embeddings_api import EmbeddingsApi, RequestError
from tests.embeddings_server import serving_embeddings
from tests.fakes import FakeEmbedder

HERE = "127.0.0.1"


def embed(url: str) -> int:
    """Have a text embedded; how many vectors come back."""

    async def asked() -> int:
        api = EmbeddingsApi(url, "house-model", "hush-hush")
        try:
            return len((await api.embed(["my secret parcel"], 60.0)).vectors)
        finally:
            await api.close()

    return asyncio.run(asked())


def test_the_address_may_have_a_path(tmp_path: Path) -> None:
    with serving_embeddings(FakeEmbedder().encode) as server:
        written = f"encoder_url: http://{HERE}:{server.port}/ai/v1"
        (tmp_path / "config.yaml").write_text(f"faq: .\nencoder: remote\n{written}\n", "utf-8")
        settings, problems = read_settings(str(tmp_path / "config.yaml"))
        assert problems == []
        assert embed(str(settings.encoder_url)) == 1
    assert server.paths == ["/ai/v1/embeddings"]


def test_a_redirect_is_not_followed() -> None:
    with serving_embeddings(FakeEmbedder().encode) as server:
        server.faults = ["redirect"]
        with pytest.raises(
            RequestError, match=r"^it leads elsewhere \(307\), where nothing is sent"
        ):
            embed(f"{server.url}/embeddings")
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("address", "is_trusted"),
    [
        pytest.param(HERE, False, id="signed by nobody who is trusted"),
        pytest.param("127.0.0.2", True, id="of another server"),
        pytest.param(HERE, True, id="valid"),
    ],
)
def test_nothing_is_sent_to_a_server_whose_certificate_is_not_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, is_trusted: bool
) -> None:
    certificate = certificate_for(address, tmp_path)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving_embeddings(FakeEmbedder().encode, tls=tls) as server:
        url = f"{server.url}/embeddings"
        if is_trusted and address == HERE:
            assert embed(url) == 1
            return
        with pytest.raises(RequestError, match=r"^its certificate is not valid$"):
            embed(url)
        assert server.asked == []


def certificate_for(address: str, folder: Path) -> Path:
    """A certificate for a server, signed by itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "house")])
    now, a_day = datetime.now(UTC), timedelta(days=1)
    served = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - a_day)
        .not_valid_after(now + a_day)
        .add_extension(served, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = PrivateFormat.PKCS8, NoEncryption()
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, *form))
    return path
