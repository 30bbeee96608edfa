"""The context of a command: its output streams and its client."""

from __future__ import annotations

from contextlib import suppress
from errno import EBADF
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from ..ports.streams import write_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence

    from ..client import OAuthClient
    from ..ports.events import Event
    from .json_lines.output import JsonLines

_CLOSED = "standard output is closed or cannot be written"


class Context(NamedTuple):
    """The context of one run.

    Attributes:
        out: the stream for results, and nothing else.
        err: the stream for messages.
        make_client: builds the client from the keyword arguments of `OAuthClient`; None means that class.
        tracing: whether events are logged in addition to being shown.
        lines: the output of `--json-lines`, or None.
    """

    out: TextIO
    err: TextIO
    make_client: Callable[..., OAuthClient] | None
    tracing: bool = False
    lines: JsonLines | None = None

    def client(
        self,
        options: Namespace,
        *,
        store: str = "",
        callback_ports: Sequence[int] = (),
        paste_from: TextIO | None = None,
        **more: Any,  # noqa: ANN401 (whatever OAuthClient takes)
    ) -> OAuthClient:
        """Builds a client from the shared options; it shows events on `err`, even if that is not a terminal.

        Args:
            options: the options of the command.
            store: the name of the store; empty means that of the profile.
            callback_ports: the allowed callback ports; empty means any free port.
            paste_from: the stream from which the user may paste the callback URL, or None.
            more: further arguments of `OAuthClient`, which replace those above.
        """
        from ..client import OAuthClient
        from .stores import store_of

        more.setdefault("on_event", self.show_event)
        if self.tracing:
            from ..composition.standalone import all_of, log_listener

            more["on_event"] = all_of(log_listener(), more["on_event"])
        return (self.make_client or OAuthClient)(
            base_url=options.base_url,
            app_url=options.app_url,
            config_dir=options.config_dir,
            secrets=store or store_of(options, getattr(options, "profile", None)),
            callback_ports=callback_ports,
            paste_from=paste_from,
            **more,
        )

    def show_event(self, event: Event) -> None:
        """Shows an event to the user on `err`, if that can be written; with `--json-lines` writes it as a line.

        Raises:
            CancelLogin: the program that reads the lines has closed the pipe.
        """
        if self.lines is not None:
            self.lines(event)
            return
        from ..composition.standalone import terminal_listener

        with suppress(Exception):
            terminal_listener(self.err)(event)

    def write_result(self, text: str) -> None:
        """Writes a result to standard output.

        Raises:
            OSError: it could not be written.
        """
        _deliver(self.out, text)

    def write_json(self, value: Mapping[str, object]) -> None:
        """Writes a result to standard output, as one JSON object on one line; `--json-lines` keeps it for the end.

        Raises:
            OSError: it could not be written.
        """
        if self.lines is not None:
            self.lines.take(value)
            return
        import json

        _deliver(self.out, json.dumps(value))

    def write_message(self, text: str) -> None:
        """Writes a message to standard error, if that can be written; no command fails because it cannot."""
        with suppress(Exception):
            write_text(f"{text}\n", self.err)


def _deliver(stream: TextIO, text: str) -> None:
    """Writes a line of a result.

    Raises:
        OSError: the stream is closed or cannot be written.
    """
    try:
        write_text(f"{text}\n", stream)
    except OSError:
        raise
    except Exception as error:  # a closed stream raises ValueError; what replaces a stream may raise anything
        raise OSError(EBADF, _CLOSED) from error
