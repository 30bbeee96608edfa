"""A process whose call is refused with 401; it goes on when it is told that the others were refused too."""

import json
import sys

import httpx
from promptvm_oauth import OAuthClient


def tell(message: object) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


def main(directory: str, base_url: str) -> None:
    refusals: list[str] = []

    def call(token: str) -> str:
        response = httpx.get(
            f"{base_url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30
        )
        if response.status_code == 401 and not refusals:
            refusals.append(token)
            tell(token)
            sys.stdin.readline()
        response.raise_for_status()
        return token

    with OAuthClient(secrets="file", config_dir=directory, base_url=base_url) as client:
        try:
            outcome = client.with_auto_refresh(call)
        except Exception as error:  # noqa: BLE001 (it is told to the test)
            outcome = f"{type(error).__name__}: {error}"
    tell(outcome)


if __name__ == "__main__":
    main(*sys.argv[1:])
