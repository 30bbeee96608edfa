"""Seeing and ending the user's sessions, which are the authorised devices of the account."""

from attrs import frozen

from ...ports.secret import Secret
from ..account import Account
from ..oauth.sessions import Session, parse_deleted, parse_sessions, session_url
from .api import Api, api_request


@frozen
class Sessions:
    """The sessions of one account at a time."""

    api: Api

    async def list(self, account: Account) -> tuple[tuple[Session, ...], Secret]:
        """Returns the sessions, and the access token that asked for them.

        Raises:
            OAuthError: the server refused.
            InvalidResponse: its answer is not a list.
            PromptVMAuthError: see `Api.call`.
        """
        url = (await account.server()).endpoint("sessions_endpoint")
        response, token = await self.api.call(account, lambda token: api_request("GET", url, account, token))
        return parse_sessions(response, token), token

    async def end(self, account: Account, session_id: str) -> None:
        """Ends a session; one that is gone already is no error.

        Raises:
            ConfigurationError: the id is empty or would name something else.
            OAuthError: the server refused.
            PromptVMAuthError: see `Api.call`.
        """
        url = session_url((await account.server()).endpoint("sessions_endpoint"), session_id)
        response, token = await self.api.call(account, lambda token: api_request("DELETE", url, account, token))
        parse_deleted(response, token)
