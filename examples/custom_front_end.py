"""A front end of one's own: python examples/custom_front_end.py BASE_URL [--async]"""

import asyncio
import sys

from promptvm_oauth import AsyncOAuthClient, OAuthClient
from promptvm_oauth.ports.events import BrowserNotOpened, BrowserOpened, DeviceCodeIssued, Event


def show(event: Event) -> None:
    if isinstance(event, BrowserOpened | BrowserNotOpened):
        print("Sign in at", event.url, file=sys.stderr, flush=True)
    elif isinstance(event, DeviceCodeIssued):
        print("Enter", event.user_code, "at", event.verification_uri, file=sys.stderr, flush=True)


def main(base_url: str) -> None:
    with OAuthClient(base_url=base_url, on_event=show) as client:
        print("Signed in to the profile", client.login().profile)


async def async_main(base_url: str) -> None:
    async with AsyncOAuthClient(base_url=base_url, on_event=show) as client:
        print("Signed in to the profile", (await client.login()).profile)


if __name__ == "__main__":
    asyncio.run(async_main(sys.argv[1])) if "--async" in sys.argv else main(sys.argv[1])
