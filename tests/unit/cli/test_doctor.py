"""What the doctor concludes and shows; what it looks at is replaced."""

import json
from typing import Any

import pytest
from promptvm_oauth.adapters.system.network_settings import network_settings, without_password
from promptvm_oauth.cli import main
from promptvm_oauth.composition import standalone
from promptvm_oauth.composition.options import ClientOptions
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
    way = tunnel(here, "") if here.ssh else ""
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
        ("192.0.2.1 50000 192.0.2.2 22", "ada@192.0.2.2"),
        ("192.0.2.1 50000 192.0.2.2 2222", "-p 2222 ada@192.0.2.2"),
        ("9.9.9.9 50000 8.8.8.8 22", "ada@8.8.8.8"),
        ("10.0.0.1 50000 8.8.8.8 22", "ada@8.8.8.8"),
        ("100.64.0.1 50000 100.64.0.2 22", "ada@100.64.0.2"),
        ("9.9.9.9 50000 10.0.0.2 2222", "ada@HOST"),
        ("127.0.0.1 50000 127.0.0.1 22", "ada@HOST"),
        ("2001:db8::1 50000 2001:db8::2 22", "ada@2001:db8::2"),
        ("fe80::1%eth0 50000 fe80::2%eth0 22", "ada@HOST"),
        ("192.0.2.1 50000 $(reboot) 22", "ada@HOST"),
        ("192.0.2.1 50000 192.0.2.2 22;reboot", "ada@192.0.2.2"),
        ("torn", "ada@HOST"),
        ("", "ada@HOST"),
    ],
)
def test_the_tunnel_leads_to_an_address_that_the_person_can_have_come_to(connection: str, target: str) -> None:
    here = Environment("linux", {"SSH_CONNECTION": connection})
    assert tunnel(here, "ada") == f"ssh -L 18623:127.0.0.1:18623 {target}"


def test_the_address_of_a_container_is_not_that_of_its_host() -> None:
    assert tunnel(Environment("linux", SSH, container=True), "ada").endswith(" ada@HOST")


@pytest.mark.parametrize("user", ["", "$(reboot)", "-oProxyCommand=reboot", "a b"])
def test_a_user_that_is_unknown_or_no_name_is_left_out(user: str) -> None:
    assert tunnel(Environment("linux", SSH), user) == "ssh -L 18623:127.0.0.1:18623 192.0.2.2"


def test_a_host_that_is_not_known_is_explained(doctor: Any) -> None:
    line = "ssh -L 18623:127.0.0.1:18623 ada@HOST"
    _, out = doctor(found(SSH, tunnel=line))
    assert line in out.splitlines()
    assert "where HOST is what you called this machine when you connected" in " ".join(out.split())
    assert "HOST" not in doctor(found(SSH))[1]


def test_a_wrong_setting_comes_with_everything_else_and_is_wrong_usage(doctor: Any) -> None:
    code, out = doctor(found({}, problem="only half a key pair is set"))
    assert code == 2
    assert "settings   only half a key pair is set" in out.splitlines()
    assert "store      file: ok" in out.splitlines()
    said = json.loads(doctor(found({}, problem="only half a key pair is set"), "--json")[1])
    assert said["problem"] == "only half a key pair is set"
    assert json.loads(doctor(found({}), "--json")[1])["problem"] is None


def test_without_a_client_the_machine_alone_is_shown(doctor: Any) -> None:
    alone = found({}, problem="the base URL is wrong", stores=(), server=None, profile=None, skew=None)
    code, out = doctor(alone)
    assert code == 2
    assert [
        line.split()[0] for line in out.splitlines() if line.split()[0] in {"profile", "store", "server", "clock"}
    ] == []
    said = json.loads(doctor(alone, "--json")[1])
    assert (said["server"], said["profile"], said["stores"]) == (None, None, [])


def test_another_server_is_named_by_its_issuer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[ClientOptions] = []

    def diagnose(options: ClientOptions, _: str | None) -> Diagnosis:
        given.append(options)
        return found({})

    monkeypatch.setattr(standalone, "diagnose", diagnose)
    words = ["--issuer", "https://id.example", "--client-id", "me", "--trust-origin", "https://x.example"]
    assert main(["doctor", *words]) == 0
    assert (given[0].issuer, given[0].client_id, given[0].trusted_origins) == (
        "https://id.example",
        "me",
        ("https://x.example",),
    )
    capsys.readouterr()


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
