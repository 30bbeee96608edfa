"""Faults on order, and the request log that tests ask their questions."""

import json
from threading import Thread

from promptvm_oauth.devserver.auth_server import AuthServer
from promptvm_oauth.devserver.exchange import Ending, Reply, Request
from promptvm_oauth.devserver.faults import Answer, Cut, Delay, Drop
from promptvm_oauth.devserver.settings import Settings

NOW = 1_700_000_000.0
UNKNOWN = "pvm_rt_unknown"


def ask(server: AuthServer) -> Reply:
    body = json.dumps({"client_id": "promptvm-cli"}).encode()
    headers = {"content-type": "application/json"}
    return server.handle(Request("POST", "/api/v1/auth/device/code", "", headers, body))


def refresh(server: AuthServer, refresh_token: str) -> Reply:
    body = {"grant_type": "refresh_token", "client_id": "promptvm-cli", "refresh_token": refresh_token}
    headers = {"content-type": "application/json"}
    return server.handle(Request("POST", "/api/v1/auth/cli/token", "", headers, json.dumps(body).encode()))


def login(server: AuthServer) -> dict[str, str]:
    device = json.loads(ask(server).body)
    server.approve_device(device["user_code"])
    grant_type = "urn:ietf:params:oauth:grant-type:device_code"
    body = {"grant_type": grant_type, "client_id": "promptvm-cli", "device_code": device["device_code"]}
    headers = {"content-type": "application/json"}
    request = Request("POST", "/api/v1/auth/device/token", "", headers, json.dumps(body).encode())
    return dict(json.loads(server.handle(request).body))


def test_faults_strike_in_their_order_at_their_endpoint_and_are_then_spent() -> None:
    server = AuthServer()
    server.queue_fault("device_code", Answer(503, b"<html>busy</html>", {"Retry-After": "2"}), Answer(429))
    assert refresh(server, UNKNOWN).status == 400
    busy = ask(server)
    assert (busy.status, busy.headers["Retry-After"]) == (503, "2")
    assert busy.headers["Content-Type"].startswith("text/html")
    assert ask(server).status == 429
    assert ask(server).status == 200


def test_a_prepared_mapping_is_sent_as_json() -> None:
    server = AuthServer()
    server.queue_fault("device_code", Answer(200, {"error": "server_error"}))
    reply = ask(server)
    assert reply.headers["Content-Type"] == "application/json"
    assert json.loads(reply.body) == {"error": "server_error"}


def test_a_prepared_answer_means_that_the_request_was_not_carried_out() -> None:
    server = AuthServer()
    tokens = login(server)
    server.queue_fault("token", Answer(503), Drop())
    refresh(server, tokens["refresh_token"])
    assert refresh(server, tokens["refresh_token"]).ending is Ending.DROPPED
    assert server.answered_refreshes == 0
    assert server.count("token", grant_type="refresh_token", outcome="fault") == 2
    assert refresh(server, tokens["refresh_token"]).status == 200


def test_a_lost_reply_means_that_the_request_was_carried_out() -> None:
    for fault, ending in ((Drop(acted=True), Ending.DROPPED), (Cut(), Ending.CUT)):
        server = AuthServer()
        tokens = login(server)
        server.queue_fault("token", fault)
        assert refresh(server, tokens["refresh_token"]).ending is ending
        assert server.answered_refreshes == 1
        assert json.loads(refresh(server, tokens["refresh_token"]).body)["error"] == "invalid_grant"
        assert len(server.revoked_families) == 1


def test_a_late_reply_adds_to_the_latency_of_the_whole_server() -> None:
    server = AuthServer(settings=Settings(latency=0.5))
    server.queue_fault("device_code", Delay(2))
    assert ask(server).delay == 2.5
    assert ask(server).delay == 0.5


def test_the_log_tells_what_was_asked_and_how_it_ended_and_no_secret() -> None:
    server = AuthServer(lambda: NOW)
    refresh(server, "pvm_rt_secret")
    server.handle(Request("GET", "/cli/authorize", "state=secret"))
    token, page = server.log
    assert (token.time, token.method, token.path) == (NOW, "POST", "/api/v1/auth/cli/token")
    assert (token.endpoint, token.grant_type) == ("token", "refresh_token")
    assert (token.status, token.outcome, token.ending) == (400, "invalid_grant", Ending.COMPLETE)
    assert (page.endpoint, page.grant_type, page.outcome) == ("authorize_page", "", "invalid_client")
    assert "secret" not in repr(server.log)


def test_an_unknown_grant_type_and_an_endless_path_are_not_logged() -> None:
    server = AuthServer()
    body = json.dumps({"grant_type": "secret"}).encode()
    server.handle(Request("POST", "/api/v1/auth/cli/token", "", {"content-type": "application/json"}, body))
    server.handle(Request("GET", "/" + "x" * 5000))
    assert server.log[0].grant_type == ""
    assert len(server.log[1].path) == 200


def test_requests_are_counted_by_what_is_asked_about_them() -> None:
    server = AuthServer()
    tokens = login(server)
    refresh(server, tokens["refresh_token"])
    refresh(server, UNKNOWN)
    assert server.count() == 4
    assert server.count("token") == 2
    assert server.count("token", grant_type="refresh_token", outcome="ok") == 1
    assert server.count(outcome="invalid_grant") == 1
    assert server.count("me") == 0


def test_of_many_refreshes_at_once_exactly_one_is_granted() -> None:
    server = AuthServer()
    tokens = login(server)
    threads = [Thread(target=refresh, args=(server, tokens["refresh_token"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.answered_refreshes == 1
    assert server.count("token", outcome="invalid_grant") == 7
    assert len(server.revoked_families) == 1
