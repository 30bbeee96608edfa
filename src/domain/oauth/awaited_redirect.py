"""What a redirect brings, for callers who run the steps of the flow on their own (RFC 6749 §4.1.2, §4.1.2.1)."""

from attrs import field, frozen

from ...ports.secret import Secret
from .authorization import parse_redirect, refusal_of

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
    """Judges redirects by a state that may become known only after some have come in.

    Attributes:
        states: the states that are waited for.
        early: the first redirects that came in while none was known.
    """

    states: list[Secret] = field(factory=list[Secret])
    early: list[Secret] = field(factory=list[Secret])

    def accept(self, query: str) -> Callback | None:
        """Give the callback of a query, or None if it is not the awaited one."""
        if not self.states and len(self.early) < _REMEMBERED:
            self.early.append(Secret(query))
        return self._judged(query)

    def expect(self, state: str | Secret) -> Callback | None:
        """Wait for this state from now on, and give what has come in for it already."""
        self.states.append(Secret(state))
        judged = (self._judged(query.reveal()) for query in self.early)
        return next((callback for callback in judged if callback is not None), None)

    def _judged(self, query: str) -> Callback | None:
        parameters = parse_redirect(query)
        if parameters is None:
            return None
        state, code = Secret(parameters.get("state", "")), Secret(parameters.get("code", ""))
        if not state or state not in self.states:
            return None
        if "error" in parameters:
            refusal = refusal_of(parameters, (state,))
            return Callback(None, state, refusal.code or "error", refusal.description)
        return Callback(code, state) if code else None
