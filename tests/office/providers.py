"""Identity providers for tests: oidc-provider-mock in a process of its own, and one that answers at will."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.mail.server import free_port


class RealProvider:
    """A running provider by its address."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def set_user(self, subject: str, **claims: Any) -> None:
        """Set what the provider claims about a person."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=10).raise_for_status()

    def log_in(self, address: str, subject: str) -> str:
        """Sign a person in on the page at `address`; return where the provider sends the browser then."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def deny(self, address: str) -> str:
        """Refuse on the page at `address`; return where the provider sends the browser then."""
        answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def real_provider() -> Iterator[RealProvider]:
    """Start a provider on a free loopback port, in a process of its own; stop it at the end."""
    port = free_port()
    # It uses what its libraries have deprecated; that is its own affair.
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    issuer = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 30
        while True:
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < end, "the provider did not answer"
            try:
                requests.get(f"{issuer}/.well-known/openid-configuration", timeout=2).raise_for_status()
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield RealProvider(issuer)
    finally:
        process.terminate()
        process.wait(timeout=10)


class OddProvider:
    """A provider whose every answer a test can change: by path, a function of the form fields that were sent."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.answers: dict[str, Callable[[dict[str, str]], tuple[int, Any]]] = {
            "/.well-known/openid-configuration": lambda _: (200, {**self.described(), **self.metadata}),
            "/keys": lambda _: (200, {"keys": [self.key.as_dict(private=False)]}),
            "/token": lambda _: (200, self.token(self.signed())),
            "/userinfo": lambda _: (200, {"sub": "person-1"}),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def described(self) -> dict[str, Any]:
        """Return an honest discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def signed(self, key: Any = None, algorithm: str = "RS256") -> str:
        """Return an identity token with the claims set."""
        key = key or self.key
        header = {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})
        return jwt.encode(header, self.claims, key, algorithms=[algorithm])

    @staticmethod
    def token(identity: str | None) -> dict[str, Any]:
        """Return the answer of the token endpoint."""
        found = {"access_token": "zugang", "token_type": "Bearer", "expires_in": 60}
        return found if identity is None else {**found, "id_token": identity}

    def __enter__(self) -> "OddProvider":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                fields = {name: values[0] for name, values in parse_qs(raw).items()}
                fields["authorization"] = self.headers.get("Authorization", "")
                self._answer(fields)

            def _answer(self, fields: dict[str, str]) -> None:
                path = urlsplit(self.path).path
                outer.asked.append((path, fields))
                found = outer.answers.get(path)
                status, body = found(fields) if found else (404, {})
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("Location", content.decode())
                    content = b""
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                return

        return Handler
