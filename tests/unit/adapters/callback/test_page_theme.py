"""Pages in the embedder's own words, colours and template; foreign text is escaped in every one of them."""

import base64
import hashlib
import re

import pytest
from promptvm_oauth.adapters.callback.page_style import style_of
from promptvm_oauth.adapters.callback.page_theme import PageContent, PageTexts, PageTheme
from promptvm_oauth.adapters.callback.pages import Pages, Reply
from promptvm_oauth.devserver.page_style import STYLE
from promptvm_oauth.ports.callback import Outcome

HOSTILE = "<script>alert(1)</script>{0}%s\x1b[2J\u202e&\"'"


def text(reply: Reply) -> str:
    return reply.body.decode()


def policy(reply: Reply) -> str:
    return dict(reply.headers)["Content-Security-Policy"]


def style_hash(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def test_the_product_and_its_colour_are_shown_and_the_policy_follows_the_style() -> None:
    page = Pages(PageTheme(product="Acme & Söhne", good="#7048e8")).result(Outcome(succeeded=True))
    assert "Acme &amp; Söhne" in text(page)
    style = re.search(r"<style>(.*)</style>", text(page), re.DOTALL)
    assert style is not None
    assert "#7048e8" in style[1]
    assert f"style-src {style_hash(style[1])};" in policy(page)


def test_every_word_can_be_said_in_another_language() -> None:
    texts = PageTexts(signed_in=("Sie sind angemeldet", "Sie können dieses Fenster schließen."))
    page = text(Pages(PageTheme(language="de", texts=texts)).result(Outcome(succeeded=True)))
    assert '<html lang="de">' in page
    assert "<h1>Sie sind angemeldet</h1>" in page
    assert "signed in" not in page


@pytest.mark.parametrize("colour", ["red", "#12", "#12345", "#7048e8;} body{", "url(http://evil.test)", "#7048e8\n"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="bad: a colour"):
        PageTheme(bad=colour)


@pytest.mark.parametrize("language", ["", "e", 'en"', "en_GB", "en\n"])
def test_what_is_no_language_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="BCP 47"):
        PageTheme(language=language)


def test_a_style_sheet_that_ends_its_element_is_refused_and_any_other_is_the_one_that_is_obeyed() -> None:
    with pytest.raises(ValueError, match="style"):
        PageTheme(style="p {} </style><p>")
    style = "main { color: teal }"
    page = Pages(PageTheme(style=style)).result(None)
    assert f"<style>{style}</style>" in text(page)
    assert style_hash(style) in policy(page)


def test_the_last_page_names_product_account_and_where_to_go_back_to() -> None:
    outcome = Outcome(succeeded=True, product="id.example.test", account="ada@example.com")
    page = text(Pages(PageTheme(application="the terminal")).result(outcome))
    assert '<p class="brand"><b>id.example.test</b></p>' in page
    assert "<title>You are signed in - id.example.test</title>" in page
    assert "<dt>Account</dt><dd>ada@example.com</dd>" in page
    assert "go back to the terminal." in page


def test_an_embedder_names_its_own_product_and_its_word_for_the_account() -> None:
    theme = PageTheme(product="Acme", texts=PageTexts(account="Konto"))
    page = text(Pages(theme).result(Outcome(succeeded=True, product="PromptVM", account="ada@example.com")))
    assert "<b>Acme</b>" in page
    assert "PromptVM" not in page
    assert "<dt>Konto</dt>" in page


def test_without_an_account_there_is_no_place_for_one() -> None:
    for outcome in (Outcome(succeeded=True), Outcome(succeeded=False, detail="no"), None):
        assert "<dl>" not in text(Pages(PageTheme()).result(outcome))
    assert "go back to the application." in text(Pages(PageTheme()).result(Outcome(succeeded=True)))


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("the sign-in was denied (access_denied)", "The sign-in was denied (access_denied)."),
        ("It took too long.", "It took too long."),
        ("really?", "Really?"),
    ],
)
def test_a_reason_is_a_whole_sentence(detail: str, shown: str) -> None:
    assert f"<p>{shown}</p>" in text(Pages(PageTheme()).result(Outcome(succeeded=False, detail=detail)))


def test_no_page_leaves_a_gap_in_its_words() -> None:
    pages = Pages(PageTheme(application="<the terminal>"))
    replies = [reply for reply in vars(pages).values() if isinstance(reply, Reply)]
    assert len(replies) == 10
    for reply in [*replies, pages.redirect("/done"), pages.result(None), pages.result(Outcome(succeeded=True))]:
        assert "{application}" not in text(reply)
        assert "<the terminal>" not in text(reply)


def test_the_consent_card_and_the_last_page_look_like_one_product() -> None:
    ours, theirs = style_of(PageTheme()), STYLE
    for selector in ("main", "body", ".brand", ".brand b", "h1", "dl", "dt", "dd", "p"):
        assert rule(ours, selector) == rule(theirs, selector), selector
    for name in ("page", "card", "ink", "soft", "line", "tint"):
        assert re.findall(rf"--{name}: (#\w+)", ours) == re.findall(rf"--{name}: (#\w+)", theirs)
        assert len(re.findall(rf"--{name}: (#\w+)", ours)) == 2


def rule(style: str, selector: str) -> str:
    found = re.search(rf"^{re.escape(selector)} {{(.*?)}}", style, re.MULTILINE | re.DOTALL)
    assert found is not None, selector
    return " ".join(found[1].split())


def template(content: PageContent) -> str:
    return f"<title>{content.title}</title><style>{content.style}</style>{'|'.join(content.paragraphs)}"


@pytest.mark.parametrize("theme", [PageTheme(), PageTheme(render=template)], ids=["own template", "embedder's"])
def test_what_a_renderer_gets_is_escaped_already(theme: PageTheme) -> None:
    page = text(Pages(theme).result(Outcome(succeeded=False, detail=HOSTILE, product=HOSTILE, account=HOSTILE)))
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{0}%s [2J &amp;&quot;&#x27;" in page


def test_words_and_product_of_the_embedder_are_escaped_as_well() -> None:
    theme = PageTheme(product="<b>", texts=PageTexts(signed_in=("<i>", "<u>")))
    page = text(Pages(theme).result(Outcome(succeeded=True)))
    assert '<p class="brand"><b>&lt;b&gt;</b></p>' in page
    assert not re.search(r"<[iu]>", page)


def test_a_renderer_that_raises_costs_nobody_their_page(caplog: pytest.LogCaptureFixture) -> None:
    def broken(content: PageContent) -> str:
        raise RuntimeError(content.title)

    page = Pages(PageTheme(render=broken)).result(Outcome(succeeded=True))
    assert "<h1>You are signed in</h1>" in text(page)
    assert "page_renderer_failed" in caplog.text
    assert "You are signed in" not in caplog.text


def test_every_page_of_a_renderer_has_the_headers_of_every_other() -> None:
    ours, theirs = Pages(PageTheme()), Pages(PageTheme(render=template))
    assert {name for name, _ in ours.not_found.headers} == {name for name, _ in theirs.not_found.headers}
    assert dict(theirs.not_found.headers)["Content-Length"] == str(len(theirs.not_found.body))
