"""What the caller of a failed call can do next, in a few words; programs show it beside the error's own text."""

from ..errors import (
    ConfigurationError,
    InvalidResponse,
    LockUnavailable,
    ProfileError,
    PromptVMAuthError,
    StoreError,
    TokensNotSaved,
    TransportError,
)

LATER = "try again later"
LOG_IN = "log in"
AGAIN = "log in again"
CORRECT = "correct what the message names, then try again"
REPAIR = "repair what the message names, then log in again"
REPORT = "report it to the operator of the server"
DEFECT = "report it as a defect of this program"


def step_after(error: BaseException) -> str:
    """Returns what helps after an error: half a sentence without a capital letter and without a full stop."""
    if isinstance(error, PromptVMAuthError):
        return _after(error)
    return DEFECT if isinstance(error, Exception) else AGAIN  # an interrupt or a cancelled task


def _after(error: PromptVMAuthError) -> str:
    if error.retryable:
        return LATER
    if error.needs_login:
        return LOG_IN
    if isinstance(error, TokensNotSaved | StoreError | ProfileError | LockUnavailable):
        return REPAIR
    if isinstance(error, ConfigurationError | TransportError):
        return CORRECT
    return REPORT if isinstance(error, InvalidResponse) else AGAIN
