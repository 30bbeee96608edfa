"""Reading bodies as strictly as PromptVM does: one object of text fields, nothing unknown, nothing twice."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from urllib.parse import parse_qsl

from attrs import frozen

from .exchange import Refusal, Request

MAX_BODY = 16 * 1024
"""Bytes of a request body: no request of this protocol needs more than a few hundred."""

MAX_TEXT = 4096
"""Characters of one field."""

MAX_FIELDS = 32


@frozen
class Fields:
    """The fields that a body has.

    Attributes:
        required: must be there and not empty.
        optional: may be there.
    """

    required: AbstractSet[str]
    optional: AbstractSet[str] = frozenset()


def read_json(request: Request) -> dict[str, str]:
    """Read a JSON object whose values are all text.

    Raises:
        Refusal: `invalid_request`: another content type, too long, no JSON object, a name twice, a value not text.
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
    """Read a submitted form (`application/x-www-form-urlencoded`).

    Raises:
        Refusal: `invalid_request`: another content type, too long, badly encoded, a name twice.
    """
    if request.media_type != "application/x-www-form-urlencoded":
        raise Refusal("invalid_request", "the form must be sent as application/x-www-form-urlencoded")
    _check_length(request)
    return read_pairs(request.body.decode("latin-1"))


def read_pairs(encoded: str) -> dict[str, str]:
    """Read a query or a form; a parameter may not be repeated (RFC 6749 §3.1).

    Raises:
        Refusal: `invalid_request`.
    """
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Refusal("invalid_request", "the parameters cannot be read") from None
    read = dict(pairs)
    if len(read) != len(pairs):
        raise Refusal("invalid_request", "a parameter is there twice")
    return read


def require(values: Mapping[str, str], fields: Fields) -> None:
    """Check that a body has exactly the fields it should have.

    Raises:
        Refusal: `invalid_request`, naming our own fields only.
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
    """A JSON object, told apart from a list of pairs by its type."""


def _without_repetition(pairs: list[tuple[str, object]]) -> _Object:
    read = _Object(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name is there twice")
    return read
