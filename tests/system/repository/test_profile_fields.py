"""A profile is read and written in one file; everybody else has it as a value whose attributes are checked."""

import ast
from pathlib import Path

SRC = Path(__file__).parents[3] / "src"

ROOMS = ("domain", "composition", "client")

PROFILE_FILE = "domain/profile.py"
"""The file that reads and writes the fields of a profile."""

PROFILE_KEYS = frozenset[object](
    {"name", "base_url", "environment", "organization", "auth_type", "token_ref", "user_id", "user_email"}
    | {"issuer", "client_id", "public_key", "secret_key", "api_key"}
)

OTHER_MAPPINGS = {
    "domain/stores/pair_check.py client_id": "is a field of stored tokens",
    "domain/use_cases/pending_login.py base_url": "is a field of a login that waits for its redirect",
    "domain/oauth/token_endpoint.py name": "is a member of the server's JSON",
    "domain/oauth/token_endpoint.py organization": "is a member of the server's JSON",
    "domain/oauth/www_authenticate.py name": "is a group of a regular expression",
    "domain/oauth/sessions.py environment": "is a member of the server's JSON",
}
"""Keys of other mappings that happen to be called like a field of a profile, and what they are."""


def text_key(node: ast.AST) -> object:
    """Returns the constant of `mapping["key"]` and `mapping.get("key")`, or None."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=key)):
            return key
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=key), *_]):
            return key
        case _:
            return None


def test_the_fields_of_a_profile_are_named_in_one_file() -> None:
    found: set[str] = set()
    for room in ROOMS:
        for path in (SRC / room).rglob("*.py"):
            file = path.relative_to(SRC).as_posix()
            keys = {text_key(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))} & PROFILE_KEYS
            found |= {f"{file} {key}" for key in keys if file != PROFILE_FILE}

    others = sorted(found - OTHER_MAPPINGS.keys())
    assert not others, "\n".join(others)
    assert found >= OTHER_MAPPINGS.keys(), "what is not there needs no permission"
