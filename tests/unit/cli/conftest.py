"""A PromptVM at which a user is signed in."""

import pytest
from promptvm_oauth import OAuthClient
from promptvm_oauth.testing import FakePromptVM


@pytest.fixture
def signed_in() -> FakePromptVM:
    """Returns a PromptVM with a login in the profile work."""
    promptvm = FakePromptVM()
    with OAuthClient(**promptvm.ports()) as client:
        client.login("work", flow="device")
    return promptvm
