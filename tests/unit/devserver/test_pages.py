"""The web pages of the development server, as a browser or a script uses them."""

import base64
import hashlib
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from promptvm_oauth.devserver.auth_server import AuthServer
from promptvm_oauth.devserver.exchange import Reply, Request
from promptvm_oauth.devserver.settings import Organization, Settings, User

ASKED = {
    "client_id": "promptvm-cli",
    "response_type": "code",
    "redirect_uri": "http://127.0.0.1:4100/callback",
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
    "state": "s&t=1 ü",
    "scope": "profile",
    "device_name": "promptvm-cli @ laptop",
}
FORM = {"content-type": "application/x-www-form-urlencoded"}
HOSTILE = '"><script>alert(1)</script>{0}%s'


def get(server: AuthServer, path: str, query: dict[str, str] | str = "") -> Reply:
    return server.handle(Request("GET", path, query if isinstance(query, str) else urlencode(query)))


def post(server: AuthServer, path: str, form: dict[str, str], **headers: str) -> Reply:
    return server.handle(Request("POST", path, "", {**FORM, **headers}, urlencode(form).encode()))


def answer(location: str) -> dict[str, str]:
    url = urlsplit(location)
    assert f"{url.scheme}://{url.netloc}{url.path}" == ASKED["redirect_uri"]
    return {name: value for name, (value,) in parse_qs(url.query, strict_parsing=True).items()}


def device_user_code(server: AuthServer, device_name: str = "tv") -> str:
    body = json.dumps({"client_id": "promptvm-cli", "device_name": device_name}).encode()
    headers = {"content-type": "application/json"}
    reply = server.handle(Request("POST", "/api/v1/auth/device/code", "", headers, body))
    return str(json.loads(reply.body)["user_code"])


def authorize_url(**changes: str) -> str:
    return f"http://127.0.0.1/cli/authorize?{urlencode({**ASKED, **changes})}"


def test_approving_redirects_with_a_code_and_the_state_unchanged() -> None:
    redirected = answer(AuthServer().approve(authorize_url()))
    assert redirected.keys() == {"code", "state"}
    assert redirected["state"] == ASKED["state"]


def test_denying_redirects_with_access_denied_and_the_state() -> None:
    server = AuthServer()
    redirected = answer(server.deny(authorize_url()))
    assert (redirected["error"], redirected["state"]) == ("access_denied", ASKED["state"])
    assert server.count("authorize_page", outcome="access_denied") == 1


def test_the_consent_page_says_who_asks_and_for_what() -> None:
    html = get(AuthServer(), "/cli/authorize", ASKED).body.decode()
    for fact in ("promptvm-cli @ laptop", "ada@example.com", "Example Organization"):
        assert fact in html


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "",
        "https://127.0.0.1:4100/callback",
        "http://localhost:4100/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:4100/callback/",
        "http://127.0.0.1:4100/callback?x=1",
        "http://127.0.0.1:4100/callback#",
        "http://127.0.0.1:4100/other",
        "http://127.0.0.1:4100@evil.test/callback",
        "http://127.0.0.1.evil.test:4100/callback",
        "http://127.0.0.1:4100/callback\n",
        "HTTP://127.0.0.1:4100/callback",
        "http://127.0.0.1:\u0664\u0661/callback",
        "javascript:alert(1)",
    ],
)
def test_another_redirect_uri_gets_an_error_page_and_never_a_redirect(redirect_uri: str) -> None:
    server = AuthServer()
    for reply in (
        get(server, "/cli/authorize", {**ASKED, "redirect_uri": redirect_uri}),
        post(server, "/cli/authorize", {**ASKED, "redirect_uri": redirect_uri, "action": "approve"}),
    ):
        assert reply.status == 400
        assert "Location" not in reply.headers


@pytest.mark.parametrize("port", ["1", "65535"])
def test_either_loopback_literal_with_any_port_is_a_redirect_uri(port: str) -> None:
    for host in ("127.0.0.1", "[::1]"):
        asked = {**ASKED, "redirect_uri": f"http://{host}:{port}/callback"}
        assert get(AuthServer(), "/cli/authorize", asked).status == 200


def test_a_redirect_uri_that_is_registered_is_one_and_nothing_like_it() -> None:
    server = AuthServer(settings=Settings(redirect_uris=["https://shop.example/callback"]))
    assert get(server, "/cli/authorize", {**ASKED, "redirect_uri": "https://shop.example/callback"}).status == 200
    assert server.approve(authorize_url(redirect_uri="https://shop.example/callback")).startswith(
        "https://shop.example/callback?code="
    )
    for other in ("https://shop.example/callback/", "https://shop.example/callback?x", "HTTPS://shop.example/callback"):
        assert get(server, "/cli/authorize", {**ASKED, "redirect_uri": other}).status == 400


def test_a_scripted_user_is_told_why_the_page_was_refused() -> None:
    with pytest.raises(ValueError, match=r"'https://shop\.example/callback' is not registered: .* redirect_uris"):
        AuthServer().approve(authorize_url(redirect_uri="https://shop.example/callback"))


def test_an_unknown_client_gets_an_error_page() -> None:
    reply = get(AuthServer(), "/cli/authorize", {**ASKED, "client_id": "other"})
    assert reply.status == 401
    assert "Location" not in reply.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"state": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "c" * 42 + "="}, "invalid_request"),
    ],
)
def test_what_the_client_got_wrong_it_is_told_by_a_redirect(changes: dict[str, str], error: str) -> None:
    server = AuthServer()
    redirected = parse_qs(urlsplit(server.approve(authorize_url(**changes))).query)
    assert redirected["error"] == [error]
    assert "code" not in redirected


def test_a_repeated_parameter_gets_an_error_page() -> None:
    reply = get(AuthServer(), "/cli/authorize", f"{urlencode(ASKED)}&state=other")
    assert reply.status == 400


def test_unknown_parameters_are_ignored() -> None:
    assert get(AuthServer(), "/cli/authorize", {**ASKED, "prompt": "login"}).status == 200


@pytest.mark.parametrize("query", ["state=%ff", "&".join(f"a{n}=1" for n in range(100))])
def test_a_query_that_cannot_be_read_gets_an_error_page(query: str) -> None:
    assert get(AuthServer(), "/cli/authorize", query).status == 400


def test_a_person_who_meets_an_error_page_is_told_so_by_the_script() -> None:
    with pytest.raises(ValueError, match="invalid_client"):
        AuthServer().approve(authorize_url(client_id="other"))


def test_the_person_opens_no_other_web_app() -> None:
    with pytest.raises(ValueError, match="not one of"):
        AuthServer().approve(authorize_url().replace("127.0.0.1", "evil.test", 1))


def test_nothing_that_was_sent_reaches_a_page_unescaped() -> None:
    server = AuthServer(settings=Settings(user=User(email=HOSTILE), organization=Organization(name=HOSTILE)))
    user_code = device_user_code(server, HOSTILE)
    for reply in (
        get(server, "/cli/authorize", {**ASKED, "state": HOSTILE, "device_name": HOSTILE}),
        get(server, "/cli/device", {"user_code": user_code}),
        get(server, "/cli/device", {"user_code": HOSTILE}),
        get(server, "/cli/authorize", {**ASKED, "client_id": HOSTILE}),
        get(server, f"/{HOSTILE}"),
    ):
        assert b"<script" not in reply.body
        assert b'""' not in reply.body


def test_a_hostile_state_comes_back_exactly_as_it_was_sent() -> None:
    assert answer(AuthServer().approve(authorize_url(state=HOSTILE)))["state"] == HOSTILE


def test_letters_that_reorder_or_hide_text_are_shown_as_what_they_are() -> None:
    html = get(AuthServer(), "/cli/authorize", {**ASKED, "device_name": "lap\u202etop\x1b[2J"}).body.decode()
    assert "lap\ufffdtop\ufffd[2J" in html


def test_a_device_name_that_is_no_unicode_text_can_still_be_shown() -> None:
    server = AuthServer()
    page = get(server, "/cli/device", {"user_code": device_user_code(server, "tv\ud800")})
    assert "<dd>tv\ufffd</dd>" in page.body.decode()


def test_every_page_is_sealed_by_its_headers() -> None:
    server = AuthServer()
    pages = [
        get(server, "/"),
        get(server, "/cli/authorize", ASKED),
        get(server, "/cli/authorize"),
        get(server, "/cli/device"),
        get(server, "/nothing"),
    ]
    for reply in pages:
        style = re.findall(r"<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
        policy = reply.headers["Content-Security-Policy"]
        assert f"style-src 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cache-Control"] == "no-store"
        assert not re.search(rb'(?:src|href)="(?!data:,|/)', reply.body)
        assert b'style="' not in reply.body


def test_the_redirect_tells_the_next_page_nothing() -> None:
    reply = post(AuthServer(), "/cli/authorize", {**ASKED, "action": "approve"})
    assert (reply.status, reply.headers["Referrer-Policy"]) == (302, "no-referrer")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_approve_in_the_persons_name(site: str) -> None:
    server = AuthServer()
    user_code = device_user_code(server)
    headers = {"sec-fetch-site": site}
    assert post(server, "/cli/authorize", {**ASKED, "action": "approve"}, **headers).status == 403
    assert post(server, "/cli/device", {"user_code": user_code, "action": "approve"}, **headers).status == 403
    server.deny_device(user_code)


@pytest.mark.parametrize("action", ["", "Approve", "maybe"])
def test_a_form_without_a_clear_answer_gives_nothing(action: str) -> None:
    server = AuthServer()
    user_code = device_user_code(server)
    assert post(server, "/cli/authorize", {**ASKED, "action": action}).status == 400
    assert post(server, "/cli/device", {"user_code": user_code, "action": action}).status == 400
    server.deny_device(user_code)


def test_a_form_in_another_encoding_is_refused() -> None:
    body = json.dumps({**ASKED, "action": "approve"}).encode()
    request = Request("POST", "/cli/authorize", "", {"content-type": "application/json"}, body)
    assert AuthServer().handle(request).status == 400


def test_the_device_page_asks_for_a_code_and_then_shows_it_for_comparison() -> None:
    server = AuthServer()
    user_code = device_user_code(server)
    assert b'name="user_code"' in get(server, "/cli/device").body
    page = get(server, "/cli/device", {"user_code": user_code.lower()}).body.decode()
    assert f'<p class="code">{user_code}</p>' in page
    assert "<dd>tv</dd>" in page


@pytest.mark.parametrize(("action", "said"), [("approve", b"is connected"), ("deny", b"You denied")])
def test_the_person_answers_for_a_device_once(action: str, said: bytes) -> None:
    server = AuthServer()
    form = {"user_code": device_user_code(server), "action": action}
    assert said in post(server, "/cli/device", form).body
    again = post(server, "/cli/device", form)
    assert again.status == 400
    assert b"unknown, has expired or was used" in again.body


def test_an_unknown_user_code_is_asked_for_again() -> None:
    reply = get(AuthServer(), "/cli/device", {"user_code": "BBBB-BBBB"})
    assert reply.status == 400
    assert b'role="alert"' in reply.body
    assert b'name="user_code"' in reply.body
