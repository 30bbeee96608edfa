"""The file that pins the public types leaves nothing out; that it is true is for `make lint` to check."""

import ast
from pathlib import Path

import promptvm_oauth
import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient

PINNED = ast.parse((Path(__file__).parents[2] / "typing" / "public_types.py").read_text(encoding="utf-8"))


FACES = {OAuthClient: "blocking", AsyncOAuthClient: "asynchronous"}


def public_methods(face: type) -> set[str]:
    return {name for name in dir(face) if not name.startswith("_")}


@pytest.mark.parametrize(("face", "function"), FACES.items())
def test_every_public_method_is_pinned(face: type, function: str) -> None:
    (body,) = (node for node in PINNED.body if getattr(node, "name", "") == function)
    calls = [node.func for node in ast.walk(body) if isinstance(node, ast.Call)]

    assert public_methods(face) <= {call.attr for call in calls if isinstance(call, ast.Attribute)}


def test_both_faces_have_the_same_methods() -> None:
    assert public_methods(OAuthClient) - {"close"} == public_methods(AsyncOAuthClient) - {"aclose"}


def test_every_public_name_that_is_no_error_is_pinned() -> None:
    used = {node.id for node in ast.walk(PINNED) if isinstance(node, ast.Name)}
    public = {name: getattr(promptvm_oauth, name) for name in dir(promptvm_oauth)}
    errors = {name for name, value in public.items() if isinstance(value, type) and issubclass(value, Exception)}

    assert set(public) - errors <= used
