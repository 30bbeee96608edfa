"""`OAuthClient`: the blocking client. Each method is one line; `AsyncOAuthClient` runs the same logic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ..domain.use_cases.run_blocking import run_blocking
from .blocking_logins import BlockingLogins
from .blocking_steps import BlockingSteps
from .blocking_tokens import BlockingTokens

if TYPE_CHECKING:
    from ..composition.options import ClientOptions
    from ..composition.root import Root


class OAuthClient(BlockingLogins, BlockingTokens, BlockingSteps):
    """Signs a user in and returns access tokens. Every method blocks until it is done.

    Any number of threads may share one instance. Use it as a context manager, or call `close`, to close its
    connections. Every argument is optional. Pass blocking ports only: a port that waits for an event loop makes the
    method that uses it raise `PortSuspended`.

    Args:
        http: sends requests; by default the library's own HTTP client.
        clock: tells the time and waits; by default the system's clock.
        browser: opens URLs; by default the user's own browser.
        callback: listens for the redirect; by default a listener on 127.0.0.1.
        secrets: where tokens are stored: a `SecretStore`, or a name. `auto` is the keychain of the operating system, or
            an encrypted file if no keychain is usable; `keyring` is the keychain only; `file` is the encrypted file
            only; `memory` is this process; `python-keyring` is the backend that Python's keyring package chooses. Any
            other name is one that a package registered under `promptvm_oauth.secret_stores`.
        profiles: where profiles are stored; by default files in `config_dir`.
        lock: lets one thread or process at a time change a login; by default the lock that suits the store.
        on_event: a function that receives every event. By default URLs and codes are shown on stderr if it is a
            terminal.
        server: the authorization server; by default PromptVM's at `base_url`.
        base_url: the URL of PromptVM's API; by default `PROMPTVM_BASE_URL`, the profile's, or `https://api.promptvm.ai`.
        app_url: the URL of PromptVM's web app; by default `PROMPTVM_APP_URL`, or derived from the API's host.
        config_dir: the directory of profiles and files; by default the one that the tool `promptvm` uses.
        policy: when tokens are renewed.
        user_agent: the program's name in the user's list of sessions; by default the name of the running program.
        callback_ports: the ports on which the redirect may arrive, in order of preference, for example because SSH
            forwards one of them; by default any free port.
        paste_from: a terminal from which a browser login also reads the callback URL, without echo, for a user whose
            browser is on another machine; or a `PasteQueue`, for a front end with an input field of its own. By default
            only `flow="paste"` reads, from the standard input.
        pages: the texts and the style of the pages that the browser shows after a login.
        issuer: the issuer identifier of a standard server in place of PromptVM's. The client requests its
            metadata, which names its endpoints, when it first needs them (RFC 8414 §3).
        client_id: the identifier that the server registered for this program; by default the profile's.
        client_secret: the secret of that client, for servers that require one (RFC 6749 §2.3.1). It is stored with the
            tokens.
        scope: the scopes that logins request, separated by spaces; by default those that the profile was granted.
        trusted_origins: the origins, beside the issuer's own, on which a standard server may have endpoints, each in
            the form `https://host`.
        default_profile: the profile of calls that name none. `active` is the API key in the environment, else the
            profile that was activated last. A name is as if each call passed it. None is for a program with many users,
            such as a web back end: each call must name its profile, or it raises `ProfileRequired`; no profile becomes
            the active one, and no file of the tool `promptvm` is read or written.

    Raises:
        InvalidProfileName: `default_profile` is not a valid name.
        InvalidUrl: a URL is invalid or not https.
        ConfigurationError: `issuer` was passed together with `server` or `base_url`.
        UnknownStore: there is no secret store of that name.
    """

    def close(self) -> None:
        """Cancels logins that wait for their user, and closes the connections. It may be called more than once."""
        run_blocking(self._client.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make_root(self, options: ClientOptions) -> Root:
        from ..composition.root import BlockingRoot

        return BlockingRoot(options)
