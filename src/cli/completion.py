"""`promptvm-auth completion`: prints a script with which a shell completes commands, options and their values."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

from ..domain.errors import ConfigurationError
from .commands import PROGRAM
from .exit_codes import DONE
from .options import STORES

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from .context import Context

SHELLS = ("bash", "zsh", "fish")

_NAMES = f"{PROGRAM} profiles --names 2>/dev/null"
_IN_BASH = "_promptvm_auth_profiles"

_PROFILES = {"bash": _IN_BASH, "zsh": f"($({_NAMES}))", "fish": f"({_NAMES})"}
"""What completes the name of a profile in each shell."""

_PREAMBLE = {"bash": f'{_IN_BASH}() {{ compgen -W "$({_NAMES})" -- "$1"; }}'}

_WHERE = f"""\
bash, a line of ~/.bashrc:
  eval "$({PROGRAM} completion bash)"

zsh, a line of ~/.zshrc after compinit:
  eval "$({PROGRAM} completion zsh)"

fish, once:
  {PROGRAM} completion fish > ~/.config/fish/completions/{PROGRAM}.fish"""


def arguments(parser: ArgumentParser) -> None:
    """Declares the shell."""
    parser.usage = f"%(prog)s {{{','.join(SHELLS)}}}"
    parser.epilog = _WHERE
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(options: Namespace, context: Context) -> int:
    """Prints the script on standard output.

    Raises:
        ConfigurationError: the package that makes the scripts is not installed.
    """
    from .parser import whole_parser

    try:
        import shtab
    except ImportError as error:
        raise ConfigurationError(
            "the scripts are made by the package shtab: install it with pip install 'promptvm-oauth[cli]'"
        ) from error
    completions = {"--config-dir": shtab.DIRECTORY, **dict.fromkeys(("--profile", "--use", "--remove"), _PROFILES)}
    parser = whole_parser({**completions, "--store": STORES})
    script = shtab.complete(parser, shell=options.shell, preamble=_PREAMBLE.get(options.shell, ""))
    context.write_result(script.rstrip())
    return DONE
