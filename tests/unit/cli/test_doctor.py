"""What the doctor concludes and shows; what it looks at is replaced."""

import json
from typing import Any

import pytest
from promptvm_oauth.adapters.system.network_settings import network_settings, without_password
from promptvm_oauth.cli import main
from promptvm_oauth.composition import standalone
from promptvm_oauth.domain.plan import AUTO, plan_login
from promptvm_oauth.domain.use_cases.diagnosis import (
    Checked,
    Diagnosis,
    clock_skew,
    tunnel,
)
from promptvm_oauth.ports.environment import Environment

SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
OK = Checked("https://api.promptvm.ai", "")


def found(environ: dict[str, str], **instead: Any) -> Diagnosis:
    here = Environment("linux", environ)
    way = tunnel(environ, "here") if here.ssh else ""
    whole = Diagnosis(here, plan_login(AUTO, here), (Checked("file", ""),), OK, 0.4, (("proxy", "none"),), way)
    return whole._replace(**instead)


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(diagnosed: Diagnosis, *arguments: str) -> tuple[int, str]:
        def diagnose(*_: object) -> Diagnosis:
            return diagnosed

        monkeypatch.setattr(standalone, "diagnose", diagnose)
        code = main(["doctor", *arguments])
        out, err = capsys.readouterr()
        assert err == ""
        return code, out

    return run


def test_the_flow_comes_first_and_every_reason_on_a_line_of_its_own(doctor: Any) -> None:
    code, out = doctor(found({"CI": "true"}))
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "login      with a code on any device"
    assert lines[1].startswith("because    CI is set")
    assert lines[2] == "and        there is no display for a browser"


def test_over_ssh_the_command_that_forwards_the_port_stands_unbroken_on_its_own_line(doctor: Any) -> None:
    _, out = doctor(found(SSH))
    assert "ssh -L 18623:127.0.0.1:18623 192.0.2.2" in out.splitlines()
    assert "promptvm-auth login --browser --port 18623" in out.splitlines()
    assert "ssh -L" not in doctor(found({"DISPLAY": ":0"}))[1]


def test_doctor_as_json_says_the_same(doctor: Any) -> None:
    _, out = doctor(found(SSH), "--json")
    said = json.loads(out)
    assert said["plan"]["flow"] == "device"
    assert said["plan"]["opens_browser"] is False
    assert "SSH_CONNECTION" in said["plan"]["reasons"][0]
    assert said["surroundings"]["display"] is False
    assert said["surroundings"]["BROWSER"] is None
    assert said["stores"] == [{"name": "file", "problem": None}]
    assert said["profile"] == {"name": "default", "problem": None}
    assert said["clock_skew"] == 0.4
    assert said["ssh"].startswith("ssh -L ")


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({}, 0),
        ({"server": Checked("https://api.promptvm.ai", "refused")}, 4),
        ({"stores": (Checked("file", "read-only"),)}, 5),
        ({"stores": (Checked("keychain", "locked"), Checked("file", ""))}, 0),
        ({"profile": Checked("work", "work.yaml is not valid YAML")}, 1),
        ({"skew": 4000.0}, 0),
    ],
)
def test_the_exit_code_says_what_cannot_be_used(doctor: Any, instead: dict[str, Any], code: int) -> None:
    assert doctor(found({}, **instead))[0] == code


def test_a_profile_that_cannot_be_read_is_shown_beside_what_can_be_used(doctor: Any) -> None:
    _, out = doctor(found({}, profile=Checked("work", "work.yaml is not valid YAML")))
    assert "profile    work: work.yaml is not valid YAML" in out.splitlines()
    assert "store      file: ok" in out.splitlines()
    assert "profile    default: ok" in doctor(found({}))[1].splitlines()


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (None, "not compared"),
        (-59.0, "agrees"),
        (61.0, "61 s ahead of the server's; correct it"),
        (-3600.0, "3600 s behind the server's"),
    ],
)
def test_the_clock_is_compared(doctor: Any, skew: float | None, words: str) -> None:
    assert words in doctor(found({}, skew=skew))[1]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 99:99:99 GMT", "9" * 5000])
def test_an_invalid_date_gives_no_skew(date: str) -> None:
    assert clock_skew(date, 0.0) is None


def test_the_skew_is_how_far_this_clock_is_ahead() -> None:
    assert clock_skew("Mon, 23 Nov 2026 16:00:00 GMT", 1795449600.0 + 12) == 12


@pytest.mark.parametrize(
    ("connection", "target"),
    [
        ("192.0.2.1 50000 192.0.2.2 22", "192.0.2.2"),
        ("192.0.2.1 50000 192.0.2.2 2222", "-p 2222 192.0.2.2"),
        ("2001:db8::1 50000 2001:db8::2 22", "2001:db8::2"),
        ("fe80::1%eth0 50000 fe80::2%eth0 22", "fe80::2%eth0"),
        ("192.0.2.1 50000 $(reboot) 22", "here"),
        ("192.0.2.1 50000 192.0.2.2 22;reboot", "192.0.2.2"),
        ("torn", "here"),
        ("", "here"),
    ],
)
def test_the_tunnel_leads_to_the_address_that_the_person_came_to(connection: str, target: str) -> None:
    assert tunnel({"SSH_CONNECTION": connection}, "here") == f"ssh -L 18623:127.0.0.1:18623 {target}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:secret@proxy.test:3128/path?secret", "http://proxy.test:3128"),
        ("socks5://proxy.test", "socks5://proxy.test"),
        ("proxy.test:3128", "http://proxy.test:3128"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://proxy.test:secret", "a proxy with an invalid address"),
    ],
)
def test_a_proxy_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.test:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "direct.test")


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("https://api.promptvm.ai", "http://proxy.test:3128"),
        ("https://direct.test", "http://proxy.test:3128 is set, not used for this server"),
        ("http://127.0.0.1:8400", "http://proxy.test:3128 is set, not used for this server"),
    ],
)
def test_the_proxy_is_shown_and_whether_it_is_used(server: str, shown: str) -> None:
    assert network_settings({}, server)[0] == ("proxy", shown)


def test_certificates_that_are_named_and_not_there_are_told() -> None:
    settings = dict(network_settings({"SSL_CERT_FILE": "/no/such/file.pem"}, "https://api.promptvm.ai"))
    assert settings["CA"] == "SSL_CERT_FILE names /no/such/file.pem, which does not exist"
    assert dict(network_settings({}, "https://api.promptvm.ai"))["CA"] == "the default certificates"


def test_a_server_without_any_login_flow_is_told_and_everything_else_is_shown(doctor: Any) -> None:
    code, out = doctor(found({}, plan=None, server=Checked("https://id.example.test", "it offers no login flow")))
    assert code == 4
    assert out.startswith("login      not possible here, see server")
    assert "store      file: ok" in out
    said = json.loads(doctor(found({}, plan=None), "--json")[1])
    assert said["plan"] is None
