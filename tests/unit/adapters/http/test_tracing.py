"""What the log shows of an exchange."""

import logging

import pytest
from promptvm_oauth.adapters.http.tracing import trace_exchange, without_secrets
from promptvm_oauth.ports.http import HttpRequest

REQUEST = HttpRequest("POST", "https://id.test/token?code=geheim", {"Authorization": "geheim"}, b"code=geheim")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://id.test:8443/oauth2/token", "https://id.test:8443/oauth2/token"),
        ("https://ada:geheim@id.test/token?code=geheim#geheim", "https://id.test/token?..."),
        ("https://id.test/api/v1/auth/cli/sessions/ses_0123456789", "https://id.test/api/v1/auth/cli/sessions/..."),
        (
            "https://id.test/.well-known/oauth-authorization-server",
            "https://id.test/.well-known/oauth-authorization-server",
        ),
        ("http://[::1", "an invalid URL"),
        ("https://id.test/\x1b[2J", "https://id.test/ [2J"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_an_exchange_is_one_entry_without_headers_and_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "promptvm_oauth")
    trace_exchange(REQUEST, 0.12345, status=None, error="TransportError", reason="refused\x1b")
    (record,) = caplog.records
    assert record.levelname == "DEBUG"
    assert record.getMessage() == (
        "event='http_exchange' method='POST' url='https://id.test/token?...' seconds=0.123 status=None "
        "error='TransportError' reason='refused'"
    )


def test_nothing_is_logged_above_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "promptvm_oauth")
    trace_exchange(REQUEST, 0.1, status=200)
    assert caplog.records == []
