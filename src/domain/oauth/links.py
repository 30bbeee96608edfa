"""The two links to the page where one browser login begins (RFC 8252 §8.9, RFC 6749 §10.12).

Other users of the machine can read the arguments of the browser's opener, so the opened link works once. The shown
link is in no process list and works in any browser. Each has its own state and code verifier: when the opened link is
visited twice, another program may have been the first, and what it led to is no longer accepted.
"""

from collections.abc import Callable

from .authorization import Answer, Attempt
from .server import AuthorizationServer


class Link:
    """One link, and how often it was visited.

    Args:
        attempt: the state and the code verifier of what the link leads to.
        once: whether a second visit ends it.

    Attributes:
        attempt: the state and the code verifier of what the link leads to.
        visits: how often it was visited.
    """

    def __init__(self, attempt: Attempt, *, once: bool = False) -> None:
        self.attempt = attempt
        self.visits = 0
        self._once = once

    @property
    def void(self) -> bool:
        """Whether it was visited more often than it works; what it led to is no longer accepted."""
        return self._once and self.visits > 1

    def admit(self) -> bool:
        """Counts a visit, and returns whether it leads to the login page."""
        self.visits += 1
        return not self.void


class Links:
    """The opened and the shown link of one login.

    Attributes:
        opened: the link that the browser is opened with; it works once.
        shown: the link that the user sees; it works until a redirect is accepted.
        refused: whether a redirect was refused, for instance one with a wrong state.
    """

    def __init__(self, server: AuthorizationServer, random_bytes: Callable[[int], bytes]) -> None:
        """Begins an attempt for each link.

        Args:
            server: the server of the login.
            random_bytes: returns the requested number of unpredictable bytes.
        """
        self.opened = Link(Attempt.begin(server, random_bytes), once=True)
        self.shown = Link(Attempt.begin(server, random_bytes))
        self.refused = False

    @property
    def unused(self) -> bool:
        """Whether no link was visited and no redirect was refused, so that no browser has the login."""
        return not (self.opened.visits or self.shown.visits or self.refused)

    def accept(self, query: str) -> Answer | None:
        """Checks the query of a redirect, as `Attempt.accept` does, for each link that is not void.

        Args:
            query: the query as received, still percent-encoded.
        """
        for link in (self.opened, self.shown):
            answer = None if link.void else link.attempt.accept(query)
            if answer is not None:
                return answer
        self.refused = True
        return None
