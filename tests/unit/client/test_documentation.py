"""What an editor shows of every public name: what it does, what it takes and returns, and what it raises.

Editors read the docstring of the function itself, so that is what these tests read as well.
"""

import builtins
import inspect
import pydoc
import re
from collections.abc import Callable, Iterator
from enum import EnumType
from typing import Any

import promptvm_oauth
import pytest
from promptvm_oauth import AsyncOAuthClient, OAuthClient

CLIENTS = [OAuthClient, AsyncOAuthClient]
PUBLIC: dict[str, Any] = {name: getattr(promptvm_oauth, name) for name in dir(promptvm_oauth)}
ONLY_ELSEWHERE = re.compile(r"^See\b|^[^.:]*\b[Ss]ee `[^`]*`\.?$")
THIRD_PERSON = re.compile(r"^[A-Z][a-z]+s\b")

Sections = dict[str, dict[str, str]]


def methods(kind: type) -> Iterator[tuple[str, Any]]:
    """Each public method of a class with its function, inherited ones as well; and properties, as they are."""
    for name, attribute in inspect.getmembers_static(kind):
        found = getattr(attribute, "__func__", attribute)
        module: str = getattr(getattr(found, "fget", found), "__module__", None) or ""
        if name.startswith("_") or not module.startswith("promptvm_oauth"):
            continue
        if inspect.isfunction(found) or isinstance(found, property):
            yield name, found


def is_error(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Exception)


THINGS: dict[str, Any] = {
    **PUBLIC,
    **{
        f"{name}.{method}": function
        for name, kind in PUBLIC.items()
        if isinstance(kind, type)
        for method, function in methods(kind)
    },
}
FUNCTIONS = {name: thing for name, thing in THINGS.items() if inspect.isfunction(thing)}
BUILT = {
    name: thing
    for name, thing in PUBLIC.items()
    if inspect.isclass(thing) and not is_error(thing) and not isinstance(thing, EnumType)
}
"""The classes that users construct, or whose attributes they read; errors are raised, and members have own texts."""


def documented(thing: Any) -> str:
    """The docstring of the thing itself, not an inherited one."""
    text: str | None = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    return inspect.cleandoc(text or "")


def sections(text: str) -> Sections:
    """The sections of a docstring in Google's style: the entries of each, with their text on one line."""
    found: Sections = {}
    section, entry = "", ""
    for line in text.splitlines():
        if re.fullmatch(r"(Args|Attributes|Returns|Raises):", line):
            section, entry = line[:-1], ""
            found[section] = {}
        elif section and (match := re.fullmatch(r" {4}(\w+): (.+)", line)) and section != "Returns":
            entry = match[1]
            found[section][entry] = match[2]
        elif section and line.startswith("    "):
            found[section][entry] = f"{found[section].get(entry, '')} {line.strip()}".strip()
        elif line:
            section = ""
    return found


def parameters(function: Callable[..., object]) -> set[str]:
    return {name for name in inspect.signature(function).parameters if name not in {"self", "cls"}}


def test_there_is_something_to_read() -> None:
    assert len(FUNCTIONS) > 60
    assert {"OAuthClient.login", "AsyncOAuthClient.auth", "PendingLogin.from_json", "open_browser"} <= FUNCTIONS.keys()


def test_a_docstring_says_something_itself() -> None:
    texts = {name: documented(thing) for name, thing in THINGS.items()}

    assert [name for name, text in texts.items() if not text.split("\n")[0].endswith(".")] == []
    assert [name for name, text in texts.items() if ONLY_ELSEWHERE.search(text)] == []


def test_a_function_says_what_it_does_in_the_third_person() -> None:
    assert [name for name, function in FUNCTIONS.items() if not THIRD_PERSON.match(documented(function))] == []


def test_a_function_documents_each_argument_and_no_other() -> None:
    named = {name: sections(documented(function)).get("Args", {}).keys() for name, function in FUNCTIONS.items()}

    assert [name for name, function in FUNCTIONS.items() if named[name] != parameters(function)] == []


def test_a_function_that_returns_something_says_what() -> None:
    for name, function in FUNCTIONS.items():
        text, returned = documented(function), inspect.signature(function).return_annotation
        says = text.startswith("Returns ") or "Returns" in sections(text)
        assert says == (returned not in {None, "None"}), name


def test_a_class_documents_each_argument_of_its_constructor() -> None:
    for name, kind in BUILT.items():
        found = sections(documented(kind))
        assert found.get("Args", {}).keys() | found.get("Attributes", {}).keys() == parameters(kind), name


def test_every_error_that_a_function_documents_can_be_imported() -> None:
    for name, thing in THINGS.items():
        for error in sections(documented(thing)).get("Raises", {}):
            assert is_error(PUBLIC.get(error, getattr(builtins, error, None))), f"{name}: {error}"


def test_both_clients_document_the_same_arguments_and_errors() -> None:
    blocking, asynchronous = (dict(methods(client)) for client in CLIENTS)

    assert sections(documented(OAuthClient)) == sections(documented(AsyncOAuthClient))
    for name in blocking.keys() & asynchronous.keys():
        one, other = sections(documented(blocking[name])), sections(documented(asynchronous[name]))
        assert one.keys() == other.keys(), name
        assert one.get("Args", {}).keys() == other.get("Args", {}).keys(), name
        assert one.get("Raises") == other.get("Raises"), name


@pytest.mark.parametrize("client", CLIENTS)
def test_help_shows_the_arguments_of_the_constructor(client: type) -> None:
    text = pydoc.plain(pydoc.render_doc(client))

    assert all(re.search(rf"^ \| +{name}: ", text, re.MULTILINE) for name in parameters(client))


@pytest.mark.parametrize("client", CLIENTS)
def test_the_names_of_secret_stores_are_complete(client: type) -> None:
    text = sections(documented(client))["Args"]["secrets"]

    assert {"auto", "keyring", "file", "memory", "python-keyring"} <= set(re.findall(r"`([a-z-]+)`", text))
