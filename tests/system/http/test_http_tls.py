"""HTTP over TLS, in both colours."""

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import socket

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from promptvm_oauth.adapters.http.async_http import AsyncHttp
from promptvm_oauth.adapters.http.blocking_http import BlockingHttp
from promptvm_oauth.domain.use_cases.run_blocking import run_blocking
from promptvm_oauth.ports.errors import TransportError, UntrustedCertificate, WrongNetworkSetup
from promptvm_oauth.ports.http import HttpRequest, HttpResponse
from promptvm_oauth.testing.raw_server import RawServer, Script, drip, respond

Send = Callable[[HttpRequest], HttpResponse]

SEND: dict[str, Send] = {
    "blocking": lambda request: run_blocking(BlockingHttp(user_agent="unit/1").send(request)),
    "async": lambda request: asyncio.run(AsyncHttp(user_agent="unit/1").send(request)),
}
EMPTY = respond(HttpResponse(204))


@pytest.fixture(params=["blocking", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    return SEND[request.param]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(signed.public_bytes(Encoding.PEM) + private)
    return path


@contextmanager
def tls_server(certificate: Path, script: Script) -> Generator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def encrypted(connection: socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            script(secure)

    with RawServer(encrypted, read=False) as server:
        yield f"https://{server.address}/token"


def test_a_trusted_server_answers(send: Send, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tls_server(certificate, EMPTY) as url:
        assert send(HttpRequest("GET", url)).status == 204


def test_an_untrusted_server_gets_no_request(send: Send, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with tls_server(certificate, EMPTY) as url, pytest.raises(TransportError) as error:
        send(HttpRequest("GET", url))
    assert "is not trusted: self-signed certificate" in str(error.value)
    assert "set SSL_CERT_FILE" in str(error.value)
    assert isinstance(error.value, UntrustedCertificate)
    assert not error.value.retryable


def test_a_certificate_for_another_name_is_told_as_such(
    send: Send, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tls_server(certificate, EMPTY) as url, pytest.raises(TransportError) as error:
        send(HttpRequest("GET", url.replace("127.0.0.1", "localhost")))
    assert str(error.value).endswith("; check the address")
    assert not error.value.retryable


def test_the_authorities_of_the_system_count_where_none_are_chosen(
    send: Send, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    paths = ssl.get_default_verify_paths()._replace(cafile=str(certificate))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)

    def load(context: ssl.SSLContext) -> None:
        context.load_verify_locations(cafile=paths.cafile)

    monkeypatch.setattr(ssl.SSLContext, "set_default_verify_paths", load)
    with tls_server(certificate, EMPTY) as url:
        assert send(HttpRequest("GET", url)).status == 204


def test_a_tunnel_through_a_proxy_trusts_the_same_authorities(
    send: Send, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heads: list[bytes] = []

    def tunnel(connection: socket) -> None:
        heads.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            EMPTY(secure)

    with RawServer(tunnel, read=False) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(TransportError, match="check the address"):
            send(HttpRequest("GET", "https://api.invalid/token"))
    assert heads[0].startswith(b"CONNECT api.invalid:443 HTTP/1.1\r\n")


def test_no_proxy_names_hosts_that_are_reached_directly(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(EMPTY) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("NO_PROXY", "api.invalid")
        with pytest.raises(TransportError, match="was not found"):
            send(HttpRequest("GET", "https://api.invalid/token"))
        assert proxy.requests == []


def test_a_head_that_drips_over_tls_ends_at_the_deadline(
    send: Send, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        tls_server(certificate, drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")) as url,
        pytest.raises(TransportError, match=r"no complete answer from .* within 0\.3 s"),
    ):
        send(HttpRequest("GET", url, timeout=0.3))


def test_a_server_that_speaks_no_tls_is_told_as_such(send: Send) -> None:
    def answer(connection: socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with (
        RawServer(answer, read=False) as server,
        pytest.raises(TransportError, match="check that it speaks https"),
    ):
        send(HttpRequest("GET", server.url.replace("http:", "https:")))


@pytest.mark.parametrize("setting", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_told_with_their_setting(
    send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(setting, str(tmp_path / "missing"))
    with pytest.raises(WrongNetworkSetup) as raised:
        send(HttpRequest("GET", "https://127.0.0.1:1/token"))
    wrong = f"{setting} names {tmp_path / 'missing'}, which does not exist; correct {setting}, or unset it"
    assert (str(raised.value), raised.value.retryable) == (wrong, False)


def test_a_certificate_file_without_certificates_is_not_called_a_server_without_tls(
    send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for path, problem in ((tmp_path / "empty.pem", "has no certificates (PEM)"), (tmp_path, "cannot be read")):
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with pytest.raises(WrongNetworkSetup, match="SSL_CERT_FILE names") as raised:
            send(HttpRequest("GET", "https://127.0.0.1:1/token"))
        assert problem in str(raised.value)
