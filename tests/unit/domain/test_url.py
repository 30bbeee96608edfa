import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptvm_oauth.domain.errors import InvalidUrl
from promptvm_oauth.domain.url import checked_url, named_origins, normal_base_url, origin, same_origin


def refused(url: object) -> str:
    with pytest.raises(InvalidUrl) as error:
        checked_url(url, "the endpoint")
    text = str(error.value)
    assert text.startswith("the endpoint")
    return text


@pytest.mark.parametrize(
    "url",
    [
        "https://api.promptvm.ai",
        "https://api.promptvm.ai:8443/path?x=1",
        "http://127.0.0.1:8000/x",
        "http://127.8.9.1/",
        "http://[::1]:9000",
        "http://localhost:1",
        "HTTPS://API.PROMPTVM.AI",
        "https://h/%action",
    ],
)
def test_an_absolute_https_url_and_plain_http_on_this_machine_are_taken(url: str) -> None:
    assert checked_url(url, "the endpoint").hostname


@pytest.mark.parametrize(
    "url",
    [
        "http://api.promptvm.ai/token",
        "http://127.0.0.1.evil.test/",
        "http://localhost.evil.test/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
    ],
)
def test_plain_http_off_this_machine_is_refused(url: str) -> None:
    assert "https" in refused(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "javascript://h/%0aalert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "vbscript:x",
        "ms-msdt:/id",
        "ftp://h/",
        "ws://h/",
    ],
)
def test_a_scheme_other_than_http_and_https_is_refused(url: str) -> None:
    refused(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://u$(calc)r:p@h/a",
        "https://user@h/",
        "https://user:@h/",
        "https://:password@h/",
        "https://@h/",
        "https://api.promptvm.ai@evil.test/",
        "https://api.promptvm.ai:443@evil.test/",
    ],
)
def test_a_user_name_or_password_is_refused(url: str) -> None:
    assert "user name" in refused(url)


@pytest.mark.parametrize(
    "url",
    [
        "--remote-debugging-port=9222",
        "-h",
        "",
        "/relative",
        "//host/path",
        "https:",
        "https://",
        "https:///path",
        "https:host",
        "https://?x",
        "https://:443/",
        "https://h:0/",
        "https://h:65536/",
        "https://h:-1/",
        "https://h:port/",
        "https://[::1",
        "https://[not-an-address]/",
        "api.promptvm.ai",
        "https://h/" + "x" * 4096,
        None,
        5,
        True,
        b"https://h/",
        ["https://h/"],
    ],
)
def test_what_is_no_absolute_url_is_refused(url: object) -> None:
    refused(url)


def test_a_url_has_4096_characters_at_most() -> None:
    url = f"https://h/{'x' * 4086}"
    assert checked_url(url, "the endpoint").hostname == "h"
    assert refused(f"{url}x") == "the endpoint is not an absolute URL"


@pytest.mark.parametrize("url", ["https://h/X", "https://h/XX/", "https://h?x", "https://h/#x"])
def test_an_origin_has_no_path_whatever_its_letters(url: str) -> None:
    with pytest.raises(InvalidUrl, match=r"^an origin that gets the token is scheme, host and port, without a path$"):
        named_origins([url])


def test_an_origin_that_is_no_url_is_named_in_the_refusal() -> None:
    with pytest.raises(InvalidUrl, match=r"^an origin that gets the token is not an absolute https URL$"):
        named_origins(["h"])


def test_a_bare_placeholder_of_the_opener_is_refused() -> None:
    refused("%action")


@pytest.mark.parametrize("character", list('\x1b\r\n\0 \u202e\t\x7f\\"<>^`{|}é\u2028\ud800'))
def test_a_character_that_no_url_may_have_is_refused(character: str) -> None:
    for template in ("{}https://h/", "https://h{}/", "https://h/a{}b", "https://h/?q={}", "https://h/{}"):
        refused(template.replace("{}", character))


@given(st.text())
def test_any_text_is_either_an_https_url_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"http://{text}", f"https://h{text}"):
        try:
            parts = checked_url(url, "the endpoint")
        except InvalidUrl:
            continue
        assert (
            parts.scheme == "https" or parts.hostname in {"localhost", "::1"} or str(parts.hostname).startswith("127")
        )
        assert origin(parts).startswith(parts.scheme)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:marker-pass@h/",
        "https://user:marker-pass/x@h/",
        "https://user:marker-pass?@h/",
        "https://h/ marker-pass",
    ],
)
def test_the_refusal_and_its_cause_do_not_repeat_the_url(url: str) -> None:
    with pytest.raises(InvalidUrl) as error:
        checked_url(url, "the endpoint")
    assert "marker-pass" not in str(error.value)
    assert "marker-pass" not in str(error.value.__cause__)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://API.PromptVM.ai/", "https://api.promptvm.ai"),
        ("https://h:443/x", "https://h"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://h:80", "https://h:80"),
        ("http://[::1]:5000/a", "http://[::1]:5000"),
        ("http://localhost:443", "http://localhost:443"),
    ],
)
def test_an_origin_is_scheme_host_and_a_port_that_is_not_the_usual(url: str, expected: str) -> None:
    assert origin(checked_url(url, "the URL")) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.promptvm.ai", "https://api.promptvm.ai"),
        ("https://api.promptvm.ai/", "https://api.promptvm.ai"),
        ("https://api.promptvm.ai//", "https://api.promptvm.ai"),
        ("https://api.promptvm.ai/baseX/", "https://api.promptvm.ai/baseX"),
        ("https://API.promptvm.ai:443/base/", "https://api.promptvm.ai/base"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_a_base_url_loses_its_trailing_slash(url: str, expected: str) -> None:
    assert normal_base_url(url) == expected
    assert normal_base_url(expected) == expected


@pytest.mark.parametrize(
    "url", ["https://h/?x=1", "https://h/#part", "http://h/", "https://u@h", "", None, "ftp://127.0.0.1"]
)
def test_a_base_url_with_more_than_scheme_host_port_and_path_is_refused(url: object) -> None:
    with pytest.raises(InvalidUrl, match=r"^the base URL "):
        normal_base_url(url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://h", "https://H:443/path", True),
        ("https://h", "https://h:8443", False),
        ("http://localhost", "https://localhost", False),
        ("https://h", "https://h.evil.test", False),
        ("http://localhost:1", "http://127.0.0.1:1", False),
    ],
)
def test_origins_are_the_same_only_in_scheme_host_and_port(one: str, other: str, *, same: bool) -> None:
    assert same_origin(one, other) is same
