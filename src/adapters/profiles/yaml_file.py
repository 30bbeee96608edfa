"""One YAML file that is a mapping, read and changed without converting its values.

Values keep their spelling in the file, so a rewrite leaves `false` a boolean, `'true'` a text and a time a time. The
file is untrusted: its nesting is limited before libyaml recurses, aliases and repeated keys are rejected, and tags
create no objects. An error of the operating system is a `ProfileError` that names the file, damage is a `BadDocument`.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from stat import S_ISREG
from typing import TYPE_CHECKING, Any

from ...ports.errors import ProfileError
from ..files.reading import TooLarge, read_deciding
from ..files.trust import explained, target_of

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

    from ..files.looking_again import Sleep

MAX_BYTES = 256 * 1024
"""The largest file, in bytes: 256 KiB."""

MAX_DEPTH = 16
"""The deepest nesting of collections; libyaml's recursion has no limit and would crash."""

ASIDE = ".corrupt"
"""The ending of a damaged file that was kept aside."""

_TAG = "tag:yaml.org,2002:"
_PLAIN = frozenset(f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "timestamp", "value", "merge"))
_NULL = f"{_TAG}null"
_NEVER_FOLD = 1_000_000


class BadDocument(ValueError):
    """The content is not a valid mapping; the text says why without quoting it, since it may hold an API key."""


class EmptyDocument(BadDocument):
    """The content is empty, or null."""


class Document:
    """The mapping in one file."""

    def __init__(self, root: "MappingNode | None" = None) -> None:
        if root is None:
            from yaml.nodes import MappingNode

            root = MappingNode(f"{_TAG}map", [], flow_style=False)
        self._root = root

    @classmethod
    def parse(cls, content: bytes) -> "Document":
        """Returns the document of the content of a file.

        Raises:
            EmptyDocument: the content is empty, or null.
            BadDocument: the content is not a YAML mapping in UTF-8, is nested too deeply, or has aliases or repeated
                keys.
        """
        root, problem = _compose(content)
        if problem:
            raise BadDocument(problem)
        from yaml.nodes import MappingNode

        if root is None or root.tag == _NULL:
            raise EmptyDocument("is empty")
        if not isinstance(root, MappingNode):
            raise BadDocument("is not a mapping of keys to values")
        _check_keys(root)
        return cls(root)

    @property
    def is_empty(self) -> bool:
        """Whether it has no keys."""
        return not self._root.value

    def text(self, key: str) -> str | None:
        """Returns a value as the text in the file; None if the key is absent or its value is null.

        Raises:
            BadDocument: the value is a list or a mapping, or has a custom tag.
        """
        from yaml.nodes import ScalarNode

        for name, value in self._root.value:
            if name.value == key:
                if value.tag == _NULL:
                    return None
                if not isinstance(value, ScalarNode) or value.tag not in _PLAIN:
                    raise BadDocument(f"{key} is not plain text")
                return str(value.value)
        return None

    def put_first(self, texts: Mapping[str, str], *, instead_of: "frozenset[str]") -> None:
        """Sets these texts as the first keys, in order; all other keys but those in `instead_of` follow unchanged."""
        from yaml.nodes import ScalarNode

        first = [(ScalarNode(f"{_TAG}str", key), ScalarNode(f"{_TAG}str", text)) for key, text in texts.items()]
        removed = instead_of | set(texts)
        self._root.value = [*first, *(pair for pair in self._root.value if pair[0].value not in removed)]

    def inner(self, key: str) -> "Document":
        """Returns the mapping of a key, to read or to change it; one that is absent or null is added, empty.

        Raises:
            BadDocument: the value is something else.
        """
        from yaml.nodes import MappingNode, ScalarNode

        for pair in self._root.value:
            if pair[0].value == key and isinstance(pair[1], MappingNode):
                return Document(pair[1])
        if self.text(key) is not None:
            raise BadDocument(f"{key} is not a mapping")
        added = Document()
        others = [pair for pair in self._root.value if pair[0].value != key]
        self._root.value = [*others, (ScalarNode(f"{_TAG}str", key), added._root)]
        return added

    def content(self) -> bytes:
        """Returns the new content of the file, in UTF-8.

        Raises:
            UnicodeEncodeError: a text has a lone surrogate.
        """
        yaml = _yaml()
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text: str = yaml.serialize(self._root, Dumper=dumper, allow_unicode=True, width=_NEVER_FOLD)
        return text.encode()


def is_file(path: str) -> bool:
    """Returns whether a path names a regular file that is not empty.

    Raises:
        ProfileError: the operating system failed.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise profile_error(path, error) from error
    return S_ISREG(status.st_mode) and status.st_size > 0


def new_document() -> Document:
    """Returns an empty document."""
    return Document()


def read_document(path: str, sleep: "Sleep | None" = None) -> Document | None:
    """Returns the document of a file that decides where tokens go, or None if there is no such file.

    A file that seems damaged or empty is read again, three times within 0.2 s: another program may be writing it.

    Args:
        path: the file.
        sleep: waits for a number of seconds; None means `time.sleep`.

    Raises:
        BadDocument: the file is empty or not a valid mapping.
        ProfileError: the file cannot be read, or other users can change it.
    """
    with suppress(BadDocument):
        return _read(path)
    from ..files.looking_again import look_again

    return look_again(lambda: _read(path), BadDocument, sleep)


def write_document(path: str, document: Document, *, aside: bool = False) -> None:
    """Replaces a file durably, creating its directory if needed. Of a link, the file that it leads to is replaced.

    Args:
        path: the file.
        document: the new content.
        aside: whether to keep the previous file beside it, with the ending `.corrupt`.

    Raises:
        ProfileError: the file cannot be written, or a text cannot be encoded.
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
        target = target_of(path) if os.path.islink(path) else path
        if aside:
            from ..files.remains import keep_aside

            keep_aside(target, f"{target}{ASIDE}")
        replace_durably(target, content)
    except OSError as error:
        raise profile_error(path, error) from error


def profile_error(path: str, error: OSError) -> ProfileError:
    """Returns the port's error for an error of the operating system."""
    return ProfileError(explained(error, path))


def _read(path: str) -> Document | None:
    try:
        content = read_deciding(path, MAX_BYTES)
    except TooLarge:
        raise BadDocument(f"is larger than {MAX_BYTES} bytes") from None
    except OSError as error:
        raise profile_error(path, error) from error
    return None if content is None else Document.parse(content)


def _yaml() -> Any:  # noqa: ANN401 - the stubs do not type nodes, and claim that the C classes always exist
    import yaml

    return yaml


def _compose(content: bytes) -> "tuple[Node | None, str]":
    """Returns the root node, or None and the problem. Never raises, since YAML's errors quote the text."""
    yaml = _yaml()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = content.decode("utf-8-sig")
        problem = _problem_of_events(yaml.parse(text, Loader=loader))
        return (None, problem) if problem else (yaml.compose(text, Loader=loader), "")
    except UnicodeDecodeError:
        return None, "is not UTF-8"
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "unknown"
        return None, f"is not valid YAML (line {line})"
    except yaml.YAMLError:
        return None, "is not valid YAML"


def _problem_of_events(events: Iterable[object]) -> str:
    """Returns why the document must not be composed, without recursion; empty if it may be."""
    from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in events:
        if isinstance(event, AliasEvent):
            return "uses aliases"
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return f"is nested more than {MAX_DEPTH} deep"
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
    return ""


def _check_keys(node: object) -> None:
    """Raises `BadDocument` if a key at any depth is not text or is repeated."""
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, SequenceNode):
        for item in node.value:
            _check_keys(item)
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise BadDocument("has a key that is not text")
            if key.value in seen:
                raise BadDocument(f"has a key twice (line {key.start_mark.line + 1})")
            seen.add(key.value)
            _check_keys(value)
