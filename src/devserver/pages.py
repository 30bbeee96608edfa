"""The web pages in HTML: plain forms without scripts. All foreign text is escaped here."""

from collections.abc import Mapping
from html import escape

from attrs import evolve

from .exchange import NO_STORE, Reply
from .page_style import STYLE, STYLE_SOURCE
from .sessions import Approval

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # No form-action: Chromium applies it to the redirect that answers the form, and would block the loopback one.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {STYLE_SOURCE}; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    **NO_STORE,
}


def consent_page(fields: Mapping[str, str], approval: Approval) -> Reply:
    """Returns the page that asks whether a program on this computer may use the account.

    Args:
        fields: the parameters of the request, for hidden fields of the form.
        approval: what the user would approve.
    """
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    return _page(
        "Sign in to the command line?",
        "<p>A program on this computer asks to use your PromptVM account.</p>"
        f"{_facts(approval)}"
        '<p class="soft">Approve only if you have just started a login yourself.</p>'
        f'<form method="post" action="/cli/authorize">{hidden}{_CHOICES}</form>',
    )


def device_entry_page(message: str = "", *, status: int = 200, outcome: str = "ok") -> Reply:
    """Returns the page that asks for the code that a device shows."""
    problem = f'<p class="bad" role="alert">{escape(message)}</p>' if message else ""
    return _page(
        "Connect a device",
        f"{problem}"
        '<form method="get" action="/cli/device"><label for="user_code">Enter the code that your device shows</label>'
        '<input type="text" id="user_code" name="user_code" placeholder="ABCD-EFGH" maxlength="20" required autofocus'
        ' autocomplete="off" autocapitalize="characters" spellcheck="false">'
        '<div class="choices"><button class="yes">Continue</button></div></form>',
        status=status,
        outcome=outcome,
    )


def device_compare_page(user_code: str, approval: Approval) -> Reply:
    """Returns the page that asks whether this is the code that the device shows (RFC 8628 §3.3.1, §5.4)."""
    return _page(
        "Does your device show this code?",
        f'<p class="code">{_shown(user_code)}</p>{_facts(approval)}'
        '<p class="soft">Approve only if you have just started a login yourself and the codes are the same. '
        "PromptVM never sends you a code.</p>"
        f'<form method="post" action="/cli/device"><input type="hidden" name="user_code" value="{escape(user_code)}">'
        f"{_CHOICES}</form>",
    )


def device_done_page(*, approved: bool) -> Reply:
    """Returns the page that confirms the user's decision."""
    if approved:
        return _page("Your device is connected", "<p>Go back to it; you can close this page.</p>")
    return _page("You denied the device", "<p>It got no access. You can close this page.</p>", outcome="access_denied")


def error_page(detail: str, *, status: int, outcome: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Returns the page for a refused request; an untrusted request is never redirected (RFC 9700 §4.11)."""
    sentence = f"<p>The server refused it: {escape(detail)}.</p>"
    hint = '<p class="soft">Go back to your program and start the login again.</p>'
    page = _page("This link does not work", sentence + hint, status=status, outcome=outcome, headers=headers)
    return evolve(page, problem=detail)


def index_page() -> Reply:
    """Returns the index page."""
    return _page(
        "The server is running",
        "<p>It works like PromptVM's own server, with one test user, and loses all data when it stops.</p>"
        '<p><a href="/cli/device">Connect a device</a></p>',
    )


def redirect(location: str, *, outcome: str) -> Reply:
    """Returns a redirect of the browser, without a referrer (RFC 9700 §4.2.4)."""
    return Reply(302, {**HEADERS, "Location": location}, outcome=outcome)


_CHOICES = (
    '<div class="choices"><button class="yes" name="action" value="approve">Approve</button>'
    '<button name="action" value="deny">Deny</button></div>'
)


def _facts(approval: Approval) -> str:
    rows = [
        ("Device", approval.device_name or "not named"),
        ("Account", approval.user.email),
        ("Organization", approval.organization.name),
    ]
    return f"<dl>{''.join(f'<div><dt>{name}</dt><dd>{_shown(value)}</dd></div>' for name, value in rows)}</dl>"


def _shown(text: str) -> str:
    """Returns escaped text; characters that could reorder or hide it become replacement characters."""
    return escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def _page(
    title: str, content: str, *, status: int = 200, outcome: str = "ok", headers: Mapping[str, str] | None = None
) -> Reply:
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title} - PromptVM</title><link rel="icon" href="data:,"><style>{STYLE}</style></head><body><main>'
        f'<p class="brand"><b>PromptVM</b> development server</p><h1>{title}</h1>{content}</main></body></html>'
    )
    return Reply(status, {**HEADERS, **(headers or {})}, html.encode(), outcome)
