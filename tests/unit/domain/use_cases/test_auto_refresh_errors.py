from io import BytesIO
from urllib.error import HTTPError

import httpx
import pytest
from promptvm_oauth.domain.errors import OAuthError, ServerUnavailable, TransportError
from promptvm_oauth.domain.use_cases.auto_refresh import is_unauthorized_error


class Response:
    def __init__(self, status_code: object) -> None:
        self.status_code = status_code


class Failed(Exception):
    """An error as another library raises it, with whatever attributes that one gives it."""

    def __init__(self, text: str = "", **attributes: object) -> None:
        super().__init__(text)
        vars(self).update(attributes)


def of_httpx(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", "https://h/")
    return httpx.HTTPStatusError(f"{status}", request=request, response=httpx.Response(status, request=request))


@pytest.mark.parametrize(
    "error",
    [
        of_httpx(401),
        Failed(response=Response(401)),
        Failed("not found", response=Response(401)),
        Failed(status_code=401),
        Failed(status=401),
        OAuthError("", status=401),
        OAuthError("invalid_token", "the token is over", 401),
    ],
    ids=repr,
)
def test_a_status_of_401_is_unauthorized(error: Exception) -> None:
    assert is_unauthorized_error(error)


def test_the_error_of_the_standard_library_is_judged_by_its_code() -> None:
    for code, unauthorized in ((401, True), (403, False)):
        with HTTPError("https://h/", code, "invalid_token", {}, BytesIO()) as error:  # type: ignore[arg-type]  # any mapping does
            assert is_unauthorized_error(error) is unauthorized


@pytest.mark.parametrize(
    "error",
    [
        of_httpx(403),
        of_httpx(500),
        Failed("invalid_token", response=Response(403)),
        Failed("401 invalid_token", status_code=404),
        OAuthError("invalid_token", status=400),
        ServerUnavailable("", status=503),
    ],
    ids=repr,
)
def test_any_other_status_is_not_whatever_the_text_says(error: Exception) -> None:
    assert not is_unauthorized_error(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("invalid_token"),
        RuntimeError("the server said: token_expired, log in"),
        Failed("error=invalid_token", response=None),
        Failed("invalid_token", response=Response(None)),
        Failed("invalid_token", status="text", code=None),
        OAuthError("invalid_token"),
    ],
    ids=repr,
)
def test_without_a_status_the_two_words_decide(error: Exception) -> None:
    assert is_unauthorized_error(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("14010 not found"),
        RuntimeError("401"),
        RuntimeError("item 14010 not found"),
        RuntimeError("401 items were not found"),
        RuntimeError("could not decode 401 bytes"),
        RuntimeError("error 4010"),
        RuntimeError("line 401: syntax"),
        RuntimeError("invalid_tokens"),
        RuntimeError("not_invalid_token"),
        RuntimeError(""),
        TransportError("no route to host"),
        Failed("", status=0),
        KeyError(401),
    ],
    ids=repr,
)
def test_a_number_or_a_similar_word_in_the_text_is_nothing(error: Exception) -> None:
    assert not is_unauthorized_error(error)


TEXTS_OF_401 = [
    "API error 401: token expired",
    "401 Unauthorized",
    "HTTP/1.1 401",
    "HTTP/2 401",
    "HTTP 401 Unauthorized",
    "HTTP status 401",
    "HTTP error code: 401",
    "request failed with status code 401",
    "status_code=401",
    '{"statusCode": 401, "message": "no"}',
    "401: token expired",
    "401, message='Unauthorized', url='https://h/'",
    "401 Client Error: Unauthorized for url: https://h/",
    "401 token_expired",
    "(401) Unauthorised",
    "API ERROR 401",
]


@pytest.mark.parametrize("text", TEXTS_OF_401)
def test_a_status_of_401_in_the_text_is_unauthorized(text: str) -> None:
    assert is_unauthorized_error(RuntimeError(text))


@pytest.mark.parametrize(
    "text",
    [
        "403 insufficient_scope: invalid_token",
        "insufficient_scope, not invalid_token",
        "API error 403: invalid_token",
        "403 Forbidden: token_expired",
        "403 invalid_token",
        "404: invalid_token not found",
        "HTTP/1.1 500 after 401 Unauthorized",
        "status code 429 (invalid_token)",
    ],
)
def test_another_status_in_the_text_decides_as_well(text: str) -> None:
    assert not is_unauthorized_error(RuntimeError(text))


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        caused(RuntimeError("fetch failed"), of_httpx(401)),
        caused(RuntimeError("fetch failed"), caused(KeyError("x"), Failed(status=401))),
        caused(Failed("no rows", code=7), RuntimeError("401 Unauthorized")),
        ExceptionGroup("all failed", [of_httpx(401)]),
        ExceptionGroup("all failed", [ValueError("x"), ExceptionGroup("inner", [of_httpx(500), of_httpx(401)])]),
        caused(RuntimeError("fetch failed"), ExceptionGroup("all", [of_httpx(401)])),
        BaseExceptionGroup("all failed", [KeyboardInterrupt(), of_httpx(401)]),
    ],
    ids=repr,
)
def test_a_401_that_was_wrapped_is_unauthorized(error: BaseException) -> None:
    assert is_unauthorized_error(error)


@pytest.mark.parametrize(
    "error",
    [
        caused(RuntimeError("fetch failed"), of_httpx(403)),
        caused(of_httpx(404), of_httpx(401)),
        caused(RuntimeError("API error 500"), of_httpx(401)),
        ExceptionGroup("all failed", [of_httpx(403), ValueError("x")]),
    ],
    ids=repr,
)
def test_what_was_wrapped_in_another_refusal_is_not(error: BaseException) -> None:
    assert not is_unauthorized_error(error)


def test_causes_in_a_circle_or_without_end_are_not_followed_for_ever() -> None:
    one, other = RuntimeError("one"), RuntimeError("other")
    caused(one, caused(other, one))
    assert not is_unauthorized_error(one)

    chain: Exception = Failed(status=401)
    for _ in range(150):
        chain = caused(RuntimeError("again"), chain)
    assert not is_unauthorized_error(chain)


def test_a_group_of_a_circle_is_asked_once() -> None:
    inner = RuntimeError("x")
    assert not is_unauthorized_error(caused(ExceptionGroup("g", [inner, inner]), inner))
