"""An answer that is not the authorization server's, such as the sign-in page of a network."""

import pytest
from promptvm_oauth.domain.oauth.gateway import gateway_error, is_from_gateway
from promptvm_oauth.ports.http import HttpResponse


@pytest.mark.parametrize(
    ("status", "body", "gateway"),
    [
        (200, b'{"access_token": "cut', False),
        (299, b'["cut', False),
        (199, b'{"cut', True),
        (300, b'{"cut', True),
        (400, b"[cut", True),
        (200, b"<html>", True),
        (400, b'{"error": "x"}', False),
        (400, b"", False),
    ],
)
def test_what_is_not_json_is_another_programs_unless_a_success_was_cut_short(
    status: int, body: bytes, gateway: bool
) -> None:
    assert is_from_gateway(HttpResponse(status, {}, body)) is gateway


@pytest.mark.parametrize(
    ("kind", "gateway"),
    [
        ("application/x-www-form-urlencoded", False),
        ("application/JWT", False),
        ("application/introspection+jwt", False),
        ("text/html", True),
    ],
)
def test_another_format_that_servers_use_is_the_servers(kind: str, gateway: bool) -> None:
    assert is_from_gateway(HttpResponse(400, {"content-type": kind}, b"error=x")) is gateway


def test_the_user_is_told_what_may_be_in_the_way() -> None:
    error = gateway_error(511)
    assert (error.code, error.status) == ("", 511)
    assert str(error) == (
        "the answer (HTTP status 511) is not the authorization server's: a firewall, a proxy or a sign-in page "
        "of the network is in the way; try again later"
    )
