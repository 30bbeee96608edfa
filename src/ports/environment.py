"""Where the program runs: one frozen snapshot, so that the choice of a login flow is a pure function of it."""

from collections.abc import Mapping

from attrs import field, frozen

_OFF = frozenset({"", "0", "false", "no", "off"})

_TEXT_BROWSERS = frozenset({"browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"})
_TEXT_WITHOUT_DISPLAY = frozenset({"sensible-browser"})


def is_text_browser(program: str, *, display: bool) -> bool:
    """Returns whether a program that `BROWSER` names would run inside the terminal.

    Args:
        program: its name, without its directory.
        display: whether there is a graphical display; without one, Debian's `sensible-browser` starts a text browser.
    """
    return program in _TEXT_BROWSERS or (not display and program in _TEXT_WITHOUT_DISPLAY)


def has_display(environ: Mapping[str, str], platform: str) -> bool:
    """Returns whether there is a graphical display.

    Args:
        environ: the environment variables.
        platform: a value of `sys.platform`.
    """
    graphical = platform in {"darwin", "win32", "cygwin"}
    return graphical or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


SSH_VARIABLES = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
"""The variables that SSH sets in a session."""

CLOUD_VARIABLES = (
    "CODESPACES",
    "GITPOD_WORKSPACE_ID",
    "CLOUD_SHELL",
    "ACC_CLOUD",
    "COLAB_RELEASE_TAG",
    "KAGGLE_KERNEL_RUN_TYPE",
    "JUPYTERHUB_API_URL",
)
"""The variables of machines in the cloud, whose loopback address the user's browser cannot reach."""


@frozen
class Environment:
    """Where the program runs.

    Attributes:
        platform: the value of `sys.platform`.
        environ: the environment variables; `repr` hides them, since some hold secrets.
        terminal: whether standard input and standard error are a terminal.
        container: whether this is a container.
        wsl: whether this is the Windows Subsystem for Linux (WSL).
        notebook: whether the program runs in a notebook's kernel.
        ports: the callback ports that the caller fixed, so that they can be forwarded.
        remembered: the preferred login flow of the profile; empty if there is none.
    """

    platform: str
    environ: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    terminal: bool = True
    container: bool = False
    wsl: bool = False
    notebook: bool = False
    ports: tuple[int, ...] = ()
    remembered: str = ""

    def on(self, *names: str) -> str:
        """Returns the first of these variables that is set and not `0`, `false`, `no` or `off`; empty if none is."""
        return next((name for name in names if self.environ.get(name, "").strip().lower() not in _OFF), "")

    @property
    def display(self) -> bool:
        """Whether there is a graphical display."""
        return has_display(self.environ, self.platform)

    @property
    def ssh(self) -> str:
        """The variable that shows that this is an SSH session; empty if there is none."""
        return self.on(*SSH_VARIABLES)

    @property
    def browsers(self) -> list[str]:
        """The programs that `BROWSER` names, without their directories and arguments."""
        separator = ";" if self.platform == "win32" else ":"
        commands = (entry.split() for entry in self.environ.get("BROWSER", "").split(separator))
        return [command[0].replace("\\", "/").rpartition("/")[2].lower() for command in commands if command]

    @property
    def named_browser(self) -> bool:
        """Whether `BROWSER` names a graphical browser."""
        return any(name != "none" and not is_text_browser(name, display=self.display) for name in self.browsers)

    @property
    def text_browser(self) -> bool:
        """Whether `BROWSER` names text browsers and no graphical one."""
        return any(is_text_browser(name, display=self.display) for name in self.browsers) and not self.named_browser

    def seen(self) -> list[tuple[str, str]]:
        """Returns the names and values to show; of the variables only the names, since some hold secrets."""
        flags = {
            "terminal": self.terminal,
            "display": self.display,
            "container": self.container,
            "WSL": self.wsl,
            "notebook": self.notebook,
        }
        marks = [name for name in SIGNS if self.on(name)]
        return [
            ("platform", self.platform),
            *((name, "yes" if flag else "no") for name, flag in flags.items()),
            ("variables", ", ".join(marks) or "none that matter"),
            ("BROWSER", ", ".join(self.browsers)),
            ("ports", ", ".join(map(str, self.ports))),
            ("remembered", self.remembered),
        ]


SIGNS = (
    "PROMPTVM_HEADLESS",
    *SSH_VARIABLES,
    "CI",
    *CLOUD_VARIABLES,
    "REMOTE_CONTAINERS",
    "VSCODE_IPC_HOOK_CLI",
    "WSL_DISTRO_NAME",
    "WSL_INTEROP",
    "FLATPAK_ID",
    "SNAP",
    "DISPLAY",
    "WAYLAND_DISPLAY",
)
"""The variables that show where a program runs; only their names are shown."""
