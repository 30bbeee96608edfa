"""What a command has to work with: two streams and a way to make its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping, Sequence

    from ..client import OAuthClient
    from ..ports.events import Event


class Context(NamedTuple):
    """The surroundings of one run.

    Attributes:
        out: takes what was asked for, and nothing else.
        err: takes the talk.
        make_client: makes the client from the keyword arguments of `OAuthClient`; None stands for that class.
    """

    out: TextIO
    err: TextIO
    make_client: Callable[..., OAuthClient] | None

    def client(
        self,
        options: Namespace,
        *,
        callback_ports: Sequence[int] = (),
        paste_from: TextIO | None = None,
        **more: Any,  # noqa: ANN401 (whatever OAuthClient takes)
    ) -> OAuthClient:
        """Make the client that the shared options ask for; what happens is told on `err`, terminal or not.

        Args:
            options: of the command.
            callback_ports: where the browser may come back; empty means any free port.
            paste_from: where the person may paste, or None.
            more: further arguments of `OAuthClient`.
        """
        from ..client import OAuthClient

        return (self.make_client or OAuthClient)(
            base_url=options.base_url,
            app_url=options.app_url,
            config_dir=options.config_dir,
            secrets=options.store,
            on_event=self.tell,
            callback_ports=callback_ports,
            paste_from=paste_from,
            **more,
        )

    def tell(self, event: Event) -> None:
        """Tell the person an event; what that takes is loaded when there is one."""
        from ..composition.standalone import terminal_listener

        terminal_listener(self.err)(event)

    def give(self, text: str) -> None:
        """Write a result on standard output."""
        _write(self.out, text)

    def give_json(self, value: Mapping[str, object]) -> None:
        """Write a result on standard output, as one JSON object on one line."""
        import json

        _write(self.out, json.dumps(value))

    def say(self, text: str) -> None:
        """Write talk on standard error."""
        _write(self.err, text)


def _write(stream: TextIO, text: str) -> None:
    """Write a line; what the stream's encoding lacks becomes a question mark."""
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
    stream.flush()
