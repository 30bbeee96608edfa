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
        RuntimeError("HTTP 401 Unauthorized"),
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
