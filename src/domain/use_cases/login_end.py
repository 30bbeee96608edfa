"""How a login that failed is told: to the browser's page, and as an event."""

from ...ports.events import LoginFailed
from ..errors import OAuthError, PromptVMAuthError


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
    retryable = error.retryable if isinstance(error, PromptVMAuthError) else not isinstance(error, Exception)
    return LoginFailed(profile, words_for(error), code, retryable)
