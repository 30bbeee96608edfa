"""What one client was told about its server: by its arguments, and by the environment. Loads no attrs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Never, Self

from .url import normal_base_url

if TYPE_CHECKING:
    from ..ports.secret import Secret
    from .oauth.server import AuthorizationServer


class Configuration(NamedTuple):
    """The server that a client was made for, as it was named.

    Attributes:
        environ: the environment variables.
        base_url: of PromptVM's API, as passed; None if it was not.
        api_url: the same, else what the environment names, checked; None if neither names one.
        app_url: of PromptVM's web app, as passed or as the environment names it; None if neither names one.
        issuer: of a standard server, as passed; None for PromptVM, or for whatever the profile says.
        client_id: that is registered there, as passed.
        client_secret: that belongs to the client id, as passed.
        scope: that logins ask for, as passed.
        trusted_origins: where a standard server may have endpoints beside its own origin.
        server: the whole server, as passed.
    """

    environ: Mapping[str, str]
    base_url: str | None = None
    api_url: str | None = None
    app_url: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    client_secret: "Secret | None" = None
    scope: str | None = None
    trusted_origins: tuple[str, ...] = ()
    server: "AuthorizationServer | None" = None

    @classmethod
    def read(cls, environ: Mapping[str, str], base_url: str | None = None, app_url: str | None = None) -> Self:
        """Returns what was passed, completed from the environment.

        Args:
            environ: the variables; `PROMPTVM_BASE_URL` and `PROMPTVM_APP_URL` count where nothing is passed.
            base_url: of PromptVM's API, as passed.
            app_url: of PromptVM's web app, as passed.

        Raises:
            InvalidUrl: the base URL must not be used.
        """
        url = base_url or environ.get("PROMPTVM_BASE_URL")
        named = cls(environ, base_url, None, app_url or environ.get("PROMPTVM_APP_URL") or None)
        del environ  # it holds keys, which no traceback with locals may show
        return named._replace(api_url=normal_base_url(url)) if url else named

    def __repr__(self) -> str:
        return f"Configuration(base_url={self.base_url!r}, app_url={self.app_url!r})"  # the environment holds keys

    def __reduce__(self) -> Never:
        raise TypeError("the configuration holds the environment and is not pickled")
