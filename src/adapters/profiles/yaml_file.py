"""One YAML file of the configuration directory, read and written with the port's own errors; each names the file."""

import os
from stat import S_ISREG
from typing import TYPE_CHECKING

from ...ports.errors import ProfileError
from ..files.bounded_read import read_bounded

if TYPE_CHECKING:
    from .yaml_document import Document

MAX_BYTES = 256 * 1024
"""Bytes of one file, at the most: 256 KiB."""


def is_file(path: str) -> bool:
    """Returns whether there is a regular file.

    Raises:
        ProfileError: the operating system cannot tell.
    """
    try:
        return S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise profile_error(path, error) from error


def new_document() -> "Document":
    """Returns an empty document."""
    from .yaml_document import Document

    return Document()


def read_document(path: str) -> "Document | None":
    """Returns the document of a file, or None if there is no such file.

    Raises:
        ProfileError: it cannot be read, or is not the mapping that it should be.
    """
    try:
        content = read_bounded(path, MAX_BYTES)
    except OSError as error:
        raise profile_error(path, error) from error
    if content is None:
        return None
    from .yaml_document import BadDocument, Document

    try:
        return Document.parse(content)
    except BadDocument as error:
        raise ProfileError(f"{path} {error}") from error


def document_text(document: "Document", key: str, path: str) -> str | None:
    """Returns the text of a key, or None if it is not there or null.

    Raises:
        ProfileError: the value is not plain text.
    """
    from .yaml_document import BadDocument

    try:
        return document.text(key)
    except BadDocument as error:
        raise ProfileError(f"{path}: {error}") from error


def write_document(path: str, document: "Document") -> None:
    """Replaces a file durably, making its directory if needed.

    Raises:
        ProfileError: it cannot be written, or a text cannot be encoded.
    """
    from ..files.durable_write import make_private_directory, replace_durably

    try:
        content = document.content()
    except UnicodeEncodeError:
        content = None
    if content is None:
        raise ProfileError(f"{path}: a field is not valid Unicode")
    try:
        make_private_directory(os.path.dirname(path))
        replace_durably(path, content)
    except OSError as error:
        raise profile_error(path, error) from error


def profile_error(path: str, error: OSError) -> ProfileError:
    """Returns the port's error for one of the operating system."""
    return ProfileError(f"{path}: {error.strerror}" if error.strerror else str(error))
