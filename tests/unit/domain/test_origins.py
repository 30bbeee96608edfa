import pytest
from promptvm_oauth.domain.errors import InvalidUrl
from promptvm_oauth.domain.url import named_origins, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.promptvm.ai/x?y#z", "https://api.promptvm.ai"),
        ("HTTPS://API.promptvm.AI:443", "https://api.promptvm.ai"),
        ("https://api.promptvm.ai:8443", "https://api.promptvm.ai:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:9000/", "http://[::1]:9000"),
        ("https://api.promptvm.ai@evil.test/", "https://evil.test"),
        ("https://api.promptvm.ai\\@evil.test/", "https://evil.test"),
        ("https://api.promptvm.ai.evil.test/", "https://api.promptvm.ai.evil.test"),
        ("/relative", None),
        ("//api.promptvm.ai/", None),
        ("ftp://api.promptvm.ai/", None),
        ("https:///nowhere", None),
        ("https://api.promptvm.ai:99999/", None),
        ("https://[broken/", None),
        ("", None),
    ],
)
def test_an_origin_is_scheme_host_and_port_and_nothing_else(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_named_origins_are_compared_in_one_form() -> None:
    assert named_origins(["https://FILES.promptvm.ai:443/", "http://localhost:8000"]) == {
        "https://files.promptvm.ai",
        "http://localhost:8000",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://files.promptvm.ai",
        "https://files.promptvm.ai/path",
        "https://files.promptvm.ai/?q",
        "https://files.promptvm.ai?q",
        "https://files.promptvm.ai#f",
        "https://user@files.promptvm.ai",
        "https://*.promptvm.ai:x",
        "files.promptvm.ai",
        "*",
        "",
    ],
)
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        named_origins([url])
