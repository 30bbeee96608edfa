"""The card of a login in a notebook: what it shows, and what stays of it."""

from math import inf

import pytest
from attrs import evolve
from promptvm_oauth.ports import events
from promptvm_oauth.ports.events import Event

from .notebook import CODE, HOSTILE, LOGGED_IN, OPENING, PAGE, PLANNED, URL, Notebook, play


def test_a_device_login_shows_product_link_code_and_the_time_that_is_left(notebook: Notebook) -> None:
    listener = notebook.listener()
    play(listener, PLANNED, CODE, events.Waiting("work", 600.0))

    page = f"{PAGE}?user_code=WDJB-MJHT"
    assert f'<a href="{page}" target="_blank" rel="noopener noreferrer">{page}</a>' in notebook.html
    assert ">WDJB-MJHT</div>" in notebook.html
    assert notebook.text == (
        "Sign in to PromptVM\nOpen this page on any device and compare the code:\n"
        f"{page}\nWDJB-MJHT\nWaiting for you, 10:00 left\n"
        "No display: a code is shown instead of opening a browser.\nThis replaces the login of ada@x."
    )
    notebook.now += 61
    listener(events.Retrying("work", "the server is busy", 10.0))
    assert "Waiting for you, 8:59 left\nThe server is busy; trying again." in notebook.text
    listener(events.Recovered("work"))
    assert "busy" not in notebook.text


def test_what_is_shown_first_has_the_code_for_front_ends_that_never_replace_it(notebook: Notebook) -> None:
    listener = notebook.listener()
    play(listener, PLANNED, events.Retrying("work", "busy", 1.0), events.Recovered("work"))
    assert notebook.outputs == []
    listener(CODE)
    assert "WDJB-MJHT" in notebook.first["text/plain"]
    assert PAGE in notebook.first["text/plain"]


@pytest.mark.parametrize(
    ("place", "reason", "why"),
    [
        ("cloud machine", "CODESPACES is set", "Cloud machine: a code is shown instead of opening a browser."),
        ("", "this is a container; no terminal", "This is a container: a code is shown instead of opening a browser."),
    ],
)
def test_why_a_code_is_shown_is_said_in_one_line(notebook: Notebook, place: str, reason: str, why: str) -> None:
    play(notebook.listener(), evolve(PLANNED, place=place, reason=reason), CODE)
    assert why in notebook.text.splitlines()


def test_a_flow_that_the_caller_chose_needs_no_reason(notebook: Notebook) -> None:
    play(notebook.listener(), evolve(PLANNED, chosen=False, replaces="", product=""), CODE)
    assert notebook.text.startswith("Sign in\n")
    assert notebook.text.endswith("\nWDJB-MJHT")


def test_a_browser_login_shows_the_link_and_the_way_out_for_a_kernel_elsewhere(notebook: Notebook) -> None:
    listener = notebook.listener()
    play(listener, OPENING, events.BrowserOpened("work", URL), events.Waiting("work", 300.0))
    assert f'<a href="{URL}"' in notebook.html
    assert notebook.text.startswith("Sign in to PromptVM\nA browser was opened for you. ")
    assert notebook.text.endswith('Interrupt it, and pass flow="device" to show a code instead.')

    listener(CODE)  # no browser opened after all
    assert URL not in notebook.text
    assert "flow=" not in notebook.text


def test_without_a_device_flow_none_is_suggested(notebook: Notebook) -> None:
    play(notebook.listener(), evolve(OPENING, offers=("browser",)), events.BrowserNotOpened("work", URL, "none found."))
    assert notebook.text == f"Sign in to PromptVM\nNo browser was opened: none found. Open this page:\n{URL}"


@pytest.mark.parametrize(
    ("event", "notice"),
    [
        (events.UnlockAwaited("work", "keychain", 60.0), "The keychain is locked: answer its prompt."),
        (events.LockAwaited("work", 7, 60.0), "Waiting for another program that changes this login."),
        (events.InterruptDelayed("work", "the login", 60.0), "Finishing the login before stopping."),
        (events.ProblemNoticed("work", "of ada@example.com may live on"), "Of (e-mail address) may live on."),
    ],
)
def test_what_holds_a_login_up_is_said(notebook: Notebook, event: Event, notice: str) -> None:
    play(notebook.listener(), PLANNED, CODE, event)
    assert notice in notebook.text.splitlines()


@pytest.mark.parametrize("seconds", [inf, 1e18, 0.0, -5.0])
def test_any_time_that_is_left_can_be_shown(notebook: Notebook, seconds: float) -> None:
    play(notebook.listener(), PLANNED, CODE, events.Waiting("work", seconds))
    assert "Waiting for you" in notebook.text
    assert "-" not in notebook.text.partition("Waiting")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("end", "result"),
    [
        (LOGGED_IN, "\u2713 Signed in to PromptVM\nProfile work, kept in keychain."),
        (
            events.LoginFailed("work", "the login was interrupted", retryable=True),
            "\u2717 Not signed in to PromptVM\nThe login was interrupted.\nRun the cell again to sign in.",
        ),
        (
            events.LoginFailed("work", "the sign-in was denied", "access_denied"),
            "\u2717 Not signed in to PromptVM\nThe sign-in was denied.\nRun the cell again to sign in.",
        ),
        (
            events.LoginFailed("work", "no account ada@example.com here (server_error)", "server_error"),
            "\u2717 Not signed in to PromptVM\nNo account (e-mail address) here (server_error).",
        ),
    ],
    ids=["signed in", "interrupted", "denied", "refused"],
)
@pytest.mark.parametrize("shown", [CODE, events.BrowserNotOpened("work", URL, "no browser")], ids=["code", "link"])
def test_what_stays_in_a_saved_notebook_is_neither_link_nor_code_nor_e_mail(
    notebook: Notebook, shown: Event, end: Event, result: str
) -> None:
    play(notebook.listener(), PLANNED, shown, events.Waiting("work", 600.0), events.ProblemNoticed("work", PAGE), end)

    assert len(notebook.outputs) == 1
    assert notebook.text == result
    saved = notebook.html + notebook.text
    assert not any(word in saved for word in ("http", "WDJB", "ada", "@", "href", "left"))


def test_a_store_that_is_weaker_is_told_with_the_result(notebook: Notebook) -> None:
    downgraded = events.StoreDowngraded("work", "keychain", "file", "the keychain is locked")
    play(notebook.listener(), evolve(PLANNED, product=""), CODE, downgraded, LOGGED_IN)
    assert notebook.text == "\u2713 Signed in\nProfile work.\nKept in file, not in keychain: the keychain is locked."


def test_text_of_a_server_is_escaped_and_cleaned(notebook: Notebook) -> None:
    code = events.DeviceCodeIssued("work", HOSTILE, f"https://x.test/{HOSTILE}", None, openable=True, expires_in=1.0)
    planned = evolve(PLANNED, place=HOSTILE, replaces=HOSTILE, product=HOSTILE)
    listener = notebook.listener()
    for event in (planned, code, events.ProblemNoticed("work", HOSTILE), events.LoginFailed("work", HOSTILE)):
        listener(event)
        shown = "".join(output["text/html"] + output["text/plain"] for output in notebook.outputs)
        assert "<img src=x onerror" not in "".join(output["text/html"] for output in notebook.outputs)
        assert not set("\x1b\u202e") & set(shown)
    assert "&lt;img src=x onerror=alert(1)&gt;" in notebook.html


@pytest.mark.parametrize(
    ("page", "openable"),
    [("javascript:alert(1)", True), ("http://x.test/device", True), ("http://[", True), (PAGE, False)],
)
def test_a_page_that_was_not_checked_or_is_not_safe_is_text_and_no_link(
    notebook: Notebook, page: str, openable: bool
) -> None:
    code = events.DeviceCodeIssued("work", "AB", page, None, openable=openable, expires_in=1.0)
    play(notebook.listener(), PLANNED, code)
    assert "<a " not in notebook.html
    assert page in notebook.text.splitlines()
    assert "Its address is not safe: open it only if you trust it." in notebook.text


def test_a_page_without_the_code_in_it_is_where_the_code_is_entered(notebook: Notebook) -> None:
    play(notebook.listener(), PLANNED, evolve(CODE, verification_uri_complete=None))
    assert f"Open this page on any device and enter the code:\n{PAGE}\nWDJB-MJHT" in notebook.text
    assert f'<a href="{PAGE}"' in notebook.html


def test_each_login_has_a_card_of_its_own_and_the_earlier_one_stays(notebook: Notebook) -> None:
    listener = notebook.listener()
    play(listener, PLANNED, CODE, LOGGED_IN, PLANNED, CODE)
    assert [("Signed in" in each["text/plain"]) for each in notebook.outputs] == [True, False]


def test_a_card_that_no_event_will_reach_any_more_keeps_neither_link_nor_code(notebook: Notebook) -> None:
    play(notebook.listener(), PLANNED, CODE, PLANNED, CODE, LOGGED_IN)
    assert [each["text/plain"].splitlines()[0] for each in notebook.outputs] == [
        "\u2717 Another login of this profile was begun",
        "\u2713 Signed in to PromptVM",
    ]
    assert not [each for each in notebook.outputs if "WDJB" in str(each) or "http" in str(each)]
