"""Reads request bodies as strictly as PromptVM does: one object of text fields, none unknown, none repeated."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from urllib.parse import parse_qsl

from attrs import frozen

from .exchange import Refusal, Request

MAX_BODY = 16 * 1024
"""The greatest size of a request body in bytes; requests of this protocol have a few hundred."""

MAX_TEXT = 4096
"""The greatest length of a field, in characters."""

MAX_FIELDS = 32


@frozen
class Fields:
    """The fields of a body.

    Attributes:
        required: fields that must be present and not empty.
        optional: fields that may be present.
    """

    required: AbstractSet[str]
    optional: AbstractSet[str] = frozenset()


def read_json(request: Request) -> dict[str, str]:
    """Reads a JSON object whose values are all text.

    Raises:
        Refusal: `invalid_request`: the content type is wrong, the body is too long or not a JSON object, a name is
            repeated, or a value is not text.
    """
    if request.media_type != "application/json":
        raise Refusal("invalid_request", "the body must be sent as application/json")
    _check_length(request)
    try:
        value: object = json.loads(request.body.decode(), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        raise Refusal("invalid_request", "the body is not valid JSON") from None
    if not isinstance(value, _Object):
        raise Refusal("invalid_request", "the body must be a JSON object")
    texts: dict[str, str] = {}
    for name, text in value.items():
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise Refusal("invalid_request", f"the value of a field is not text of up to {MAX_TEXT} characters")
        texts[name] = text
    return texts


def read_form(request: Request) -> dict[str, str]:
    """Reads a submitted form (`application/x-www-form-urlencoded`).

    Raises:
        Refusal: `invalid_request`: the content type is wrong, the body is too long or badly encoded, or a name is
            repeated.
    """
    if request.media_type != "application/x-www-form-urlencoded":
        raise Refusal("invalid_request", "the form must be sent as application/x-www-form-urlencoded")
    _check_length(request)
    return read_pairs(request.body.decode("latin-1"))


def read_pairs(encoded: str) -> dict[str, str]:
    """Reads a query or a form; a parameter must not be repeated (RFC 6749 §3.1).

    Raises:
        Refusal: `invalid_request`: the text is badly encoded, or a parameter is repeated.
    """
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Refusal("invalid_request", "the parameters cannot be read") from None
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Refusal("invalid_request", "a parameter is repeated")
    return read


def require(values: Mapping[str, str], fields: Fields) -> None:
    """Checks that a body has all required fields and no unknown ones.

    Raises:
        Refusal: `invalid_request`; the description names known fields only.
    """
    if values.keys() - fields.required - fields.optional:
        known = ", ".join(sorted(fields.required | fields.optional))
        raise Refusal("invalid_request", f"unknown field; the known ones are {known}")
    missing = sorted(name for name in fields.required if not values.get(name))
    if missing:
        raise Refusal("invalid_request", f"missing or empty: {', '.join(missing)}")


def _check_length(request: Request) -> None:
    if len(request.body) > MAX_BODY:
        raise Refusal("invalid_request", f"the body is longer than {MAX_BODY} bytes", status=413)


class _Object(dict[str, object]):
    """A JSON object, as a type of its own."""


def _without_repetition(pairs: list[tuple[str, object]]) -> _Object:
    read = _Object(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name is repeated")
    return read
