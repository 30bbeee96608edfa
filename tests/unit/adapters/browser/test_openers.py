"""Which URL a browser may be given, and which commands may give it."""

import pytest
from promptvm_oauth.adapters.browser.openers import absolute_path, fill_in, openers, validated
from promptvm_oauth.ports.errors import BrowserError

URL = "https://app.example/cli/authorize?a=%20b&c=$(calc)&d=%s&e=%action"
DESKTOP = {"DISPLAY": ":0"}


def commands(environ: dict[str, str], platform: str = "linux") -> list[list[str]]:
    return [fill_in(opener, URL) for opener in openers(environ, platform)]


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8080/s/abc", "https://[::1]:1/", "HTTPS://app.example"])
def test_an_absolute_http_url_is_handed_on_unchanged(url: str) -> None:
    assert validated(url) == url


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("javascript:alert(1)", id="javascript"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("vbscript:x", id="vbscript"),
        pytest.param("ms-msdt:/id", id="ms-msdt"),
        pytest.param("https://u$(calc)r:p@h.example/a", id="user info"),
        pytest.param("https://@h.example/", id="empty user info"),
        pytest.param("--remote-debugging-port=9222", id="option"),
        pytest.param("//h.example/a", id="no scheme"),
        pytest.param("https:///a", id="no host"),
        pytest.param("https://h.example:99999/", id="no such port"),
        pytest.param("https://[::1/", id="torn brackets"),
        pytest.param("https://h.example\\@evil.example/", id="backslash"),
        pytest.param('https://h.example/"x', id="quote"),
        pytest.param("https://h.example/`x`", id="backtick"),
        *(pytest.param(f"https://h.example/{bad}x", id=f"{bad!r}") for bad in "\x1b\r\n\0 \u202e\t\x7fé"),
        pytest.param("https://h.example/\n", id="line end"),
        pytest.param("https://h.example/" + "x" * 8192, id="too long"),
        pytest.param("", id="empty"),
    ],
)
def test_any_other_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BrowserError) as error:
        validated(url)
    assert not url or url not in str(error.value)


def test_what_looks_like_a_placeholder_in_the_url_stays_as_it_is() -> None:
    assert commands(DESKTOP)[0] == ["xdg-open", URL]


@pytest.mark.parametrize(
    ("browser", "command"),
    [
        ("sh -c %s", ["sh", "-c", URL]),
        ("firefox", ["firefox", URL]),
        ("'/opt/my browser/run' --app=%s --new", ["/opt/my browser/run", f"--app={URL}", "--new"]),
        ("firefox &", ["firefox", URL]),
        ("./relative/browser", ["./relative/browser", URL]),
    ],
)
def test_the_chosen_command_is_split_once_and_the_url_stays_one_argument(browser: str, command: list[str]) -> None:
    assert commands({"BROWSER": browser, **DESKTOP})[:2] == [command, ["xdg-open", URL]]


def test_several_commands_are_tried_in_their_order() -> None:
    assert commands({"BROWSER": "one::two -x: three"}) == [["one", URL], ["two", "-x", URL], ["three", URL]]


def test_a_command_that_cannot_be_split_is_passed_over() -> None:
    assert commands({"BROWSER": "'torn:good"}) == [["good", URL]]


def test_debians_choice_is_used_with_a_display_alone_since_it_starts_a_text_browser_without_one() -> None:
    assert commands({"BROWSER": "sensible-browser", "DISPLAY": ":0"})[0][0] == "sensible-browser"
    with pytest.raises(BrowserError, match="no graphical display"):
        commands({"BROWSER": "/usr/bin/sensible-browser %s"})


@pytest.mark.parametrize("name", ["lynx", "w3m", "links", "elinks", "www-browser", "/usr/bin/lynx -accept_all_cookies"])
def test_a_text_browser_is_not_used(name: str) -> None:
    assert commands({"BROWSER": name, **DESKTOP}) == commands(DESKTOP)


def test_without_a_display_no_desktop_opener_is_asked_to_find_a_text_browser() -> None:
    with pytest.raises(BrowserError, match="no graphical display"):
        commands({"BROWSER": "lynx", "TERM": "xterm"})


def test_a_chosen_command_needs_no_display() -> None:
    assert commands({"BROWSER": "/remote/open.sh"}) == [["/remote/open.sh", URL]]


@pytest.mark.parametrize("value", ["none", " None "])
def test_a_person_can_refuse_any_browser(value: str) -> None:
    with pytest.raises(BrowserError, match="BROWSER is 'none'"):
        commands({"BROWSER": value, **DESKTOP})


@pytest.mark.parametrize(
    ("environ", "platform", "first"),
    [
        ({"DISPLAY": ":0"}, "linux", ["xdg-open", URL]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "freebsd14", ["xdg-open", URL]),
        ({}, "darwin", ["/usr/bin/open", URL]),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ["wslview", URL]),
        ({"WSL_INTEROP": "/run/WSL/1", "DISPLAY": ":0"}, "linux", ["wslview", URL]),
        ({"VSCODE_IPC_HOOK_CLI": "/run/x.sock"}, "linux", ["code", "--openExternal", URL]),
        ({"BROWSER": "/vscode/bin/helpers/browser.sh"}, "linux", ["/vscode/bin/helpers/browser.sh", URL]),
        ({"SNAP": "/snap/x/1", "DISPLAY": ":0"}, "linux", ["snapctl", "user-open", URL]),
        ({"FLATPAK_ID": "org.example.App", "WAYLAND_DISPLAY": "wayland-0"}, "linux", ["xdg-open", URL]),
        ({"FLATPAK_ID": "org.example.App"}, "linux", ["flatpak-spawn", "--host", "xdg-open", URL]),
        (
            {"SYSTEMROOT": r"D:\Win"},
            "win32",
            [r"D:\Win\System32\rundll32.exe", "url.dll,FileProtocolHandler", URL],
        ),
    ],
    ids=[
        "X11",
        "Wayland",
        "macOS",
        "WSL",
        "WSL with a display",
        "VS Code remote",
        "Codespaces",
        "Snap",
        "Flatpak",
        "Flatpak without xdg-open",
        "Windows",
    ],
)
def test_each_platform_has_its_opener(environ: dict[str, str], platform: str, first: list[str]) -> None:
    assert commands(environ, platform)[0] == first


def test_a_flatpak_asks_the_host_when_nothing_of_the_sandbox_opens_it() -> None:
    assert commands({"FLATPAK_ID": "org.example.App", **DESKTOP})[-1] == ["flatpak-spawn", "--host", "xdg-open", URL]


def test_on_wsl_the_desktop_comes_after_windows() -> None:
    assert ["xdg-open", URL] in commands({"WSL_INTEROP": "/run/WSL/1", **DESKTOP})
    assert ["xdg-open", URL] not in commands({"WSL_INTEROP": "/run/WSL/1"})


def test_on_windows_backslashes_in_the_chosen_command_are_kept() -> None:
    chosen = r'"C:\My Browser\b.exe" --x;firefox'
    assert commands({"BROWSER": chosen}, "win32")[:2] == [[r"C:\My Browser\b.exe", "--x", URL], ["firefox", URL]]


def test_relative_entries_of_the_path_are_dropped() -> None:
    assert absolute_path({"PATH": ":.:/usr/bin:bin:/bin:"}) == "/usr/bin:/bin"
    assert not absolute_path({})
