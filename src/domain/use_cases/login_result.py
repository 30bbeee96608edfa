"""What a login came to."""

from datetime import datetime

from attrs import frozen

from ..tokens import TokenOrganization, TokenUser


@frozen
class LoginResult:
    """The result of a successful login.

    Attributes:
        profile: the name of the profile whose tokens were stored; it is the active one now, unless the client has none.
        user: the user who signed in; None if the server did not say.
        organization: the organization that the login is for; None if the server did not say.
        expires_at: when the access token expires (UTC); None if the server did not say.
        flow: the flow that was used: `browser`, `device` or `paste`.
        store: the name of the store that has the tokens.
        reason: why this store was chosen, in half a sentence.
        renewable: whether the server granted a refresh token.
        scope: the granted scopes, separated by spaces; None if they are the requested ones (RFC 6749 §5.1).
        base_url: the URL of the API, or the issuer, that the login belongs to.
    """

    profile: str
    user: TokenUser | None
    organization: TokenOrganization | None
    expires_at: datetime | None
    flow: str
    store: str
    reason: str
    renewable: bool
    scope: str | None = None
    base_url: str = ""

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Returns what a notebook shows and saves of it: no name, no e-mail address (IPython's protocol)."""
        return {"text/plain": f"LoginResult(profile={self.profile!r}, flow={self.flow!r}, store={self.store!r})"}
