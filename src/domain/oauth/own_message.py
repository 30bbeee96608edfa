"""Errors of the server in this package's own words."""

from typing import TypeVar

from ..errors import OAuthError

AnyOAuthError = TypeVar("AnyOAuthError", bound=OAuthError)


def with_own_message(error: AnyOAuthError) -> AnyOAuthError:
    """Returns the error with its description as the whole message, for a description that this package wrote.

    The server's code stays in `code`; the message shows it only in front of the server's own description.
    """
    error.args = (error.description,)
    return error
