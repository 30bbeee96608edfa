"""Checks redirects for callers that run the steps of the flow themselves (RFC 6749 §4.1.2, §4.1.2.1)."""

from attrs import field, frozen

from ...ports.secret import Secret
from .authorization import awaited_state, code_of, parse_redirect, refusal_of

_REMEMBERED = 20


@frozen
class Callback:
    """The parameters of a redirect whose `state` is the expected one. It has either a code or an error.

    Attributes:
        code: the authorization code (RFC 6749 §4.1.2); None if the redirect reports an error.
        state: the `state` of the redirect.
        error: the error code (RFC 6749 §4.1.2.1), without control characters; empty if there is a code.
        error_description: the server's description of the error, without control characters; empty if there is none.
    """

    code: Secret | None
    state: Secret
    error: str = ""
    error_description: str = ""


@frozen
class AwaitedRedirect:
    """Checks redirects to `start_loopback_server`, whose state may become known only after some have arrived.

    It checks state, code and encoding as `Attempt.accept` does. It does not check `iss` (RFC 9207): it knows no server,
    so a caller that uses several servers must keep their redirects apart itself.

    Attributes:
        states: the awaited states.
        early: the first redirects that arrived before a state was known.
    """

    states: list[Secret] = field(factory=list[Secret])
    early: list[Secret] = field(factory=list[Secret])

    def accept(self, query: str) -> Callback | None:
        """Returns the callback of a redirect, or None if it is not the awaited one.

        Args:
            query: the query as received, still percent-encoded.
        """
        if not self.states and len(self.early) < _REMEMBERED:
            self.early.append(Secret(query))
        return self._checked(query)

    def expect(self, state: str | Secret) -> Callback | None:
        """Adds an awaited state and returns the callback that has arrived for it already, or None."""
        self.states.append(Secret(state))
        checked = (self._checked(query.reveal()) for query in self.early)
        return next((callback for callback in checked if callback is not None), None)

    def _checked(self, query: str) -> Callback | None:
        parameters = parse_redirect(query)
        if parameters is None or (state := awaited_state(parameters, self.states)) is None:
            return None
        if "error" in parameters:
            refusal = refusal_of(parameters, (state,))
            return Callback(None, state, refusal.code or "error", refusal.description)
        code = code_of(parameters)
        return None if code is None else Callback(code, state)
