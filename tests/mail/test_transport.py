"""How a connection to a mail server is made: encrypted as the address says, with a certificate that is verified."""

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from registry.mail.delivery import deliver_due
from registry.mail.transport import MailServerError, SmtpTransport
from registry.settings import Settings, SettingsError, load_settings
from tests.mail.conftest import Outbox, transport_to
from tests.mail.server import HOST, MailServer, free_port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with key and certificate of „localhost“, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(params=[False, True], ids=["STARTTLS", "TLS from the start"])
def safe_server(request: pytest.FixtureRequest, tls: ssl.SSLContext) -> Iterator[MailServer]:
    with MailServer(tls=tls, implicit=request.param) as server:
        yield server


def test_an_untrusted_certificate_is_refused_and_the_mail_waits(outbox: Outbox, safe_server: MailServer) -> None:
    number = outbox.put("a@amt.example")
    done = deliver_due(outbox.database, transport_to(safe_server.url), outbox.start)
    assert (done.sent, done.deferred) == (0, 1)
    assert done.server_error == "Das Zertifikat des Mailservers ist nicht vertrauenswürdig: self-signed certificate"
    assert outbox.mail(number).last_error == done.server_error
    assert safe_server.messages == []


def test_a_trusted_certificate_is_accepted(
    outbox: Outbox, safe_server: MailServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    outbox.put("a@amt.example")
    assert deliver_due(outbox.database, transport_to(safe_server.url), outbox.start).sent == 1
    assert len(safe_server.messages) == 1


def test_a_certificate_of_another_host_is_refused(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        MailServer(tls=tls) as server,
        pytest.raises(MailServerError, match=r"nicht vertrauenswürdig: .*127\.0\.0\.1"),
        transport_to(f"smtp+starttls://{HOST}:{server.port}").connect(),
    ):
        pass


def test_a_server_without_starttls_gets_nothing_in_the_clear(outbox: Outbox, server: MailServer) -> None:
    outbox.put("a@amt.example")
    done = deliver_due(outbox.database, transport_to(f"smtp+starttls://{HOST}:{server.port}"), outbox.start)
    assert done.sent == 0
    assert done.server_error is not None
    assert "kann das Verlangte nicht" in done.server_error
    assert server.messages == []


def test_name_and_password_are_decoded_and_used(
    outbox: Outbox, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(tls=tls, login=("amt@stadt", "p:ss/w@rd%")) as server:
        outbox.put("a@amt.example")
        wrong = transport_to(server.url.replace("//", "//amt%40stadt:falsch@"))
        refused = deliver_due(outbox.database, wrong, outbox.start)
        assert refused.server_error is not None
        assert refused.server_error.startswith("Der Mailserver lehnt die Anmeldung ab: 535")
        right = transport_to(server.url.replace("//", "//amt%40stadt:p%3Ass%2Fw%40rd%25@"))
        assert deliver_due(outbox.database, right, outbox.start + datetime.timedelta(minutes=2)).sent == 1


def test_a_password_that_smtp_cannot_carry_is_told_and_not_shown(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with MailServer(tls=tls, login=("amt", "x")) as server:
        url = server.url.replace("//", "//amt:gehe%C3%AFm@")
        with pytest.raises(MailServerError) as caught, transport_to(url).connect():
            pass
    assert "gehe" not in str(caught.value)
    assert "gehe" not in repr(transport_to(url))


@pytest.mark.parametrize(
    ("url", "host", "port", "openly"),
    [
        ("smtp://localhost", "localhost", 25, False),
        ("smtps://a:b@mail.amt.example", "mail.amt.example", 465, False),
        ("smtp+starttls://a:b@mail.amt.example", "mail.amt.example", 587, False),
        ("smtp://a:b@mail.amt.example:2525", "mail.amt.example", 2525, True),
        ("smtp://a:b@127.0.0.1", "127.0.0.1", 25, False),
        ("smtp://[::1]:2525", "::1", 2525, False),
    ],
)
def test_the_address_tells_server_and_port(url: str, host: str, port: int, openly: bool) -> None:
    transport = transport_to(url)
    assert (transport.host, transport.port, transport.tells_password_openly) == (host, port, openly)


def test_without_an_address_there_is_no_transport() -> None:
    assert SmtpTransport.of(Settings()) is None


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"MAIL_URL": "http://mail.amt.example"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://mail.amt.example:port"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://mail.amt.example/x"}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://mail.amt.example", "MAIL_FROM": "kein Absender"}, "MAIL_FROM"),
        ({"MAIL_URL": "smtp://mail.amt.example", "MAIL_FROM": "a@b.example, c@d.example"}, "MAIL_FROM"),
        ({"MAIL_URL": "smtp://mail.amt.example"}, "MAIL_FROM"),
    ],
)
def test_bad_settings_of_mail_stop_the_start(values: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"OZG_REGISTRY_{name}"):
        load_settings({f"OZG_REGISTRY_{key}": value for key, value in values.items()})


def test_a_server_that_talks_something_else_is_told(outbox: Outbox) -> None:
    with (
        pytest.raises(MailServerError, match="nicht erreichbar"),
        transport_to(f"smtp://{HOST}:{free_port()}").connect(),
    ):
        pass
