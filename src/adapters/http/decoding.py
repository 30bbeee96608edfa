"""Decodes a body that was compressed although that was not requested, as some proxies do (RFC 9110 §8.4.1).

What was granted may not be granted twice, so such a response is read, within the same bound as any other.
"""

import zlib
from collections.abc import Callable

_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_CODINGS = 3
_MAX_MEMBERS = 16


class UnknownEncodingError(Exception):
    """The Content-Encoding is unknown, or the body is not encoded as it says."""


class TooLargeError(Exception):
    """The decoded body is larger than allowed."""


def decoded(body: bytes, content_encoding: str, max_body: int) -> bytes:
    """Returns a body as it was before its Content-Encoding; one without compression is returned unchanged.

    Args:
        body: the body as received; the empty one has no encoding, whatever the header says.
        content_encoding: the header's value; the coding that was applied last is named last.
        max_body: the largest result, in bytes; no step holds more than one byte above it.

    Raises:
        UnknownEncodingError: a coding is unknown, there are too many, or the body is damaged.
        TooLargeError: the result, or that of a step, is larger than `max_body`.
    """
    codings = [coding for coding in (part.strip().lower() for part in content_encoding.split(",")) if coding]
    compressions = [coding for coding in codings if coding != "identity"]
    if not body or not compressions:
        return body
    if len(compressions) > _MAX_CODINGS or not all(coding in _DECODERS for coding in compressions):
        raise UnknownEncodingError
    for coding in reversed(compressions):
        try:
            body = _DECODERS[coding](body, max_body)
        except zlib.error:
            raise UnknownEncodingError from None
    return body


def _gzip(body: bytes, max_body: int) -> bytes:
    """Decodes all members; what follows the last one is ignored."""
    result = b""
    for _ in range(_MAX_MEMBERS):
        part, body = _inflated(body, _GZIP, max_body - len(result))
        result += part
        if not body.startswith(_GZIP_MAGIC):
            return result
    raise UnknownEncodingError


def _deflate(body: bytes, max_body: int) -> bytes:
    """Decodes the zlib format, or the format without its header, which some servers send by mistake."""
    try:
        return _inflated(body, zlib.MAX_WBITS, max_body)[0]
    except zlib.error:
        return _inflated(body, _RAW, max_body)[0]


def _inflated(body: bytes, window: int, max_body: int) -> tuple[bytes, bytes]:
    """Returns the decoded bytes and what follows them in the body."""
    decoder = zlib.decompressobj(window)
    result = decoder.decompress(body, max_body + 1)
    if len(result) > max_body:
        raise TooLargeError
    if not decoder.eof:
        raise UnknownEncodingError
    return result, decoder.unused_data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}
