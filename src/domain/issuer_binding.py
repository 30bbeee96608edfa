"""Stored tokens are bound to the server that issued them, and to the client it issued them to (RFC 9700 §4.4.2)."""

from collections.abc import Mapping

from .errors import WrongServer
from .oauth.server import AuthorizationServer

VERSION = "1"
"""Of what is stored for a profile of another server than PromptVM."""


def binding_of(server: AuthorizationServer) -> dict[str, str]:
    """Give the fields that bind tokens to a server and a client, with the client's secret; PromptVM's have none."""
    if server.issuer is None:
        return {}
    secret = {"client_secret": server.client_secret.reveal()} if server.client_secret else {}
    return binding(server.issuer, server.client_id) | secret


def binding(issuer: str, client_id: str) -> dict[str, str]:
    """Give the fields that bind tokens to an issuer and a client."""
    return {"version": VERSION, "server": issuer, "client_id": client_id}


def check_binding(profile: str, fields: Mapping[str, str], issuer: str | None, client_id: str) -> None:
    """Check that stored tokens are those of a server; called where they are about to be sent.

    Args:
        profile: whose they are.
        fields: as they are stored.
        issuer: of the server; None for PromptVM.
        client_id: of the client.

    Raises:
        WrongServer: they are bound to another server or client, or to none.
    """
    wanted = (None, None) if issuer is None else (issuer, client_id)
    if (fields.get("server"), fields.get("client_id")) != wanted:
        whose = "PromptVM" if issuer is None else issuer
        raise WrongServer(
            f"what is stored for the profile {profile!r} is not of {whose}; nothing was sent, log in again"
        )
