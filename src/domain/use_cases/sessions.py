"""Lists and ends the user's sessions, one for each authorised device."""

from attrs import frozen

from ...ports.secret import Secret
from ..account import Account
from ..oauth.sessions import Session, parse_deleted, parse_sessions, session_url
from .api import Api, api_request


@frozen
class Sessions:
    """Lists and ends the sessions of an account."""

    api: Api

    async def list(self, account: Account) -> tuple[tuple[Session, ...], Secret]:
        """Returns the sessions, and the access token of the request.

        Raises:
            OAuthError: the server refused.
            InvalidResponse: the response is not a list.
            PromptVMAuthError: the errors of `Api.call`.
        """
        url = (await account.server()).endpoint("sessions_endpoint")
        response, token = await self.api.call(account, lambda token: api_request("GET", url, account, token))
        return parse_sessions(response, token), token

    async def end(self, account: Account, session_id: str) -> None:
        """Ends a session; a session that no longer exists is not an error.

        Raises:
            ConfigurationError: the id is invalid.
            OAuthError: the server refused.
            PromptVMAuthError: the errors of `Api.call`.
        """
        url = session_url((await account.server()).endpoint("sessions_endpoint"), session_id)
        response, token = await self.api.call(account, lambda token: api_request("DELETE", url, account, token))
        parse_deleted(response, token)
