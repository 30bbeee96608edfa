"""A backend of the keyring package in memory, for tests."""


class MemoryKeyring:
    """A keyring backend without limits, for `KeyringStore(backend=...)`.

    Attributes:
        priority: above the least that the keyring package recommends.
        passwords: what is stored, by service and user name.
        calls: how many calls began.
    """

    priority: float = 5

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}
        self.calls = 0

    def get_password(self, service: str, username: str, /) -> str | None:
        """Returns the stored value, or None."""
        self.begin()
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Saves a value."""
        self.begin()
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str, /) -> None:
        """Deletes a value.

        Raises:
            KeyError: there is none.
        """
        self.begin()
        del self.passwords[service, username]

    def begin(self) -> None:
        """Counts a call; a subclass may wait or raise here."""
        self.calls += 1
