"""A profile: one login as recorded on this machine, without its tokens. The only module that knows its fields.

There are two kinds. A PromptVM profile names a user and an organization, and may have API keys instead of a login. A
standard server's profile names the issuer, the client and the granted scope. Loads no attrs, to keep stored tokens
fast.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from ..ports.profile_name import PROFILE_NAME, RULE
from ..ports.profiles import AwaitedProfileStore, split_key_pair
from ..ports.secret import Secret
from ..ports.secrets import StoredFields
from .errors import InvalidProfileName
from .url import DEFAULT_BASE_URL, same_origin

DEFAULT_PROFILE = "default"

_OAUTH = "oauth"
_API_KEY = "api_key"
_KEYS = ("api_key", "public_key", "secret_key")


def check_name(name: str) -> str:
    """Returns a profile's name, unchanged.

    Raises:
        InvalidProfileName: it violates the rule of `ports.profile_name`.
    """
    if not PROFILE_NAME.fullmatch(name):
        raise InvalidProfileName(f"a profile name is {RULE}")
    return name


class Profile(NamedTuple):
    """One recorded login. Fields that are not recorded are the empty text.

    Attributes:
        name: the profile's name; empty for an API key from the environment.
        recorded: whether a profile of this name is stored.
        base_url: the API's base URL, or the issuer of a standard server.
        environment: `live`, or `staging` if PromptVM's base URL contains that word.
        organization: PromptVM's id of the organization.
        auth_type: `oauth`, `api_key`, or empty.
        token_ref: the name of the keychain entry that the Go tool reads; empty after a logout.
        expires_at: when the access token expires, in RFC 3339; the Go tool prefers this to the store's value.
        user_id: PromptVM's id of the user.
        user_email: the user's e-mail address.
        issuer: a standard server's issuer identifier (RFC 8414 §2); empty for PromptVM.
        client_id: the client identifier at a standard server.
        scope: the scope that a standard server granted.
        asked_scope: the scope that the login requested.
        prompt: what the login asked the server's page to show.
        authorize_parameters: its further parameters of the authorize URL, as a query.
        trusted_origins: origins beside the issuer's own that it trusted, separated by spaces.
        public_key: the public key of an API key pair.
        secret_key: its secret key.
        api_key: a bearer key that is not a key pair.
        others: fields that this version does not know; they are kept.
    """

    name: str
    recorded: bool = True
    base_url: str = ""
    environment: str = ""
    organization: str = ""
    auth_type: str = ""
    token_ref: str = ""
    expires_at: str = ""
    user_id: str = ""
    user_email: str = ""
    issuer: str = ""
    client_id: str = ""
    scope: str = ""
    asked_scope: str = ""
    prompt: str = ""
    authorize_parameters: str = ""
    trusted_origins: str = ""
    public_key: str = ""
    secret_key: Secret = Secret("")
    api_key: Secret = Secret("")
    others: StoredFields = StoredFields()

    @classmethod
    def absent(cls, name: str) -> Self:
        """Returns an empty profile for a name that is not recorded."""
        return cls(name, recorded=False)

    @classmethod
    def of_fields(cls, name: str, fields: Mapping[str, str] | None) -> Self:
        """Reads a profile from the fields of a profile store; None means that there is no profile."""
        if fields is None:
            return cls.absent(name)
        public_key, secret_key = fields.get("public_key", ""), fields.get("secret_key", "")
        api_key = fields.get("api_key", "")
        single = api_key and not (public_key and secret_key) and fields.get("auth_type") != _OAUTH
        if single and (pair := split_key_pair(api_key)):
            (public_key, secret_key), api_key = pair, ""
        profile = cls(
            name,
            public_key=public_key,
            secret_key=Secret(secret_key),
            api_key=Secret(api_key),
            others=StoredFields((key, fields[key]) for key in fields if key not in (*_TEXTS, *_KEYS, "name")),
        )
        texts: dict[str, Any] = {text: fields.get(text, "") for text in _TEXTS}
        return profile._replace(**texts)

    @classmethod
    def of_standard_login(
        cls, name: str, issuer: str, client_id: str, *, scope: str = "", expires_at: str = ""
    ) -> Self:
        """Returns the profile of a login to a standard server, which is bound to an issuer and a client."""
        return cls(
            name,
            base_url=issuer,
            environment="live",
            auth_type=_OAUTH,
            expires_at=expires_at,
            issuer=issuer,
            client_id=client_id,
            scope=scope,
        )

    @classmethod
    def of_promptvm_login(cls, name: str, base_url: str, *, expires_at: str = "") -> Self:
        """Returns the profile of a login to PromptVM, without user and organization, which the caller adds."""
        environment = "staging" if "staging" in (urlsplit(base_url).hostname or "") else "live"
        return cls(
            name,
            base_url=base_url,
            environment=environment,
            auth_type=_OAUTH,
            token_ref=f"promptvm-cli:{name}",
            expires_at=expires_at,
        )

    @classmethod
    def of_api_key(cls, name: str, base_url: str, key: Secret, *, others: StoredFields) -> Self:
        """Returns the profile of an API key: a pair in its two fields, any other key as it is."""
        pair = split_key_pair(key.reveal())
        kept = {"public_key": pair[0], "secret_key": pair[1]} if pair else {"api_key": key.reveal()}
        login = cls.of_promptvm_login(name, base_url).fields()
        shared = {field: login[field] for field in ("base_url", "environment")}
        return cls.of_fields(name, {**others, **shared, **kept, "auth_type": _API_KEY})

    def fields(self) -> StoredFields:
        """Returns the fields for a profile store, without the empty ones."""
        keys = {"public_key": self.public_key, "secret_key": self.secret_key.reveal(), "api_key": self.api_key.reveal()}
        texts = {text: str(getattr(self, text)) for text in _TEXTS}
        known = {"name": self.name, **keys, **texts}
        return StoredFields(self.others | {field: text for field, text in known.items() if text})

    @property
    def is_login(self) -> bool:
        """Whether it is a login, with tokens in a secret store; otherwise its API key is its credential."""
        return self.auth_type == _OAUTH

    @property
    def has_keys(self) -> bool:
        """Whether it has an API key or a key pair."""
        return bool(self.api_key or self.public_key or self.secret_key)

    @property
    def kind(self) -> str:
        """How it signs in: `oauth` or `api_key`; empty if it never signed in."""
        return self.auth_type or ("api_key" if self.has_keys else "")

    @property
    def user(self) -> str:
        """The user's e-mail address, else the user's id, else the empty text."""
        return self.user_email or self.user_id

    @property
    def shown_base_url(self) -> str:
        """The recorded base URL, else that of PromptVM's API."""
        return self.base_url or DEFAULT_BASE_URL

    @property
    def signed_in(self) -> bool | None:
        """Whether the profile says that the user is signed in; None if it does not say.

        A login records its expiry and a logout removes it. Where the server named none, a PromptVM profile has a
        `token_ref` until its logout, or for ever if an earlier release logged out; another server's does not say.
        """
        if not self.is_login:
            return self.has_keys
        if self.expires_at:
            return True
        return None if self.token_ref or self.issuer else False

    def signed_out(self) -> Self:
        """Returns the profile after a logout: without API keys, expiry and the name of the keychain entry."""
        return self._replace(token_ref="", expires_at="", public_key="", secret_key=Secret(""), api_key=Secret(""))

    @property
    def digest(self) -> str:
        """The SHA-256 of what the profile says of its login, in hexadecimal; empty if there is no profile."""
        if not self.recorded:
            return ""
        from hashlib import sha256

        said = (self.issuer or self.base_url, self.client_id, self.user_id, self.expires_at)
        return sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()

    def is_another_login(self, newer: "Profile") -> bool:
        """Returns whether a new login differs from this one in server, client or user."""
        if not self.recorded:
            return False
        if (self.issuer, self.client_id, self.user_id) != (newer.issuer, newer.client_id, newer.user_id):
            return True
        here, there = self.base_url or newer.base_url, newer.base_url or self.base_url
        return here != there and not same_origin(here, there)


_TEXTS = tuple(field for field in Profile._fields if field not in {"name", "recorded", "others", *_KEYS})


async def load_profile(profiles: AwaitedProfileStore, name: str) -> Profile:
    """Loads a profile; `recorded` is false if there is none.

    Raises:
        ProfileError: it cannot be read.
    """
    return Profile.of_fields(name, await profiles.load(name))


async def save_profile(profiles: AwaitedProfileStore, profile: Profile) -> None:
    """Saves a profile, replacing the one of the same name.

    Raises:
        ProfileError: it cannot be written.
    """
    await profiles.save(profile.name, profile.fields())
