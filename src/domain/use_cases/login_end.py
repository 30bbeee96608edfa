"""How a login that failed is told: to the browser's page, and as an event."""

from ...ports.events import LoginFailed
from ..errors import OAuthError, PromptVMAuthError
from .next_step import step_after


def words_for(error: BaseException) -> str:
    """Returns what happened, for the user; a foreign error's text may contain secrets and is left out."""
    if isinstance(error, PromptVMAuthError):
        return str(error)
    return "an unexpected error ended the login" if isinstance(error, Exception) else "the login was interrupted"


def failed(profile: str, error: BaseException) -> LoginFailed:
    """Returns the event of a login that an error ended.

    Args:
        profile: the name of the profile.
        error: the error.
    """
    code = error.code if isinstance(error, OAuthError) else ""
    retryable, needs_login = not isinstance(error, Exception), False
    if isinstance(error, PromptVMAuthError):
        retryable, needs_login = error.retryable, error.needs_login
    kind = type(error).__name__
    return LoginFailed(profile, words_for(error), code, retryable, kind, needs_login, step_after(error))
