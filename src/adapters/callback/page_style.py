"""The style sheet of the listener's pages, whose card has the colours and the size of PromptVM's consent card."""

from .page_theme import PageTheme

_STYLE = """
:root { color-scheme: light dark; --page: #f5f6f8; --card: #ffffff; --ink: #1b1f27; --soft: #566072; --line: #d9dee6;
  --tint: #eef1f6 }
@media (prefers-color-scheme: dark) {
  :root { --page: #12151b; --card: #1b2029; --ink: #e8ebf0; --soft: #a4aebd; --line: #323a48;
    --tint: #252c38 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center; padding: 16px;
  background: var(--page); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif }
main { width: 100%; max-width: 27rem; padding: clamp(20px, 6vw, 36px); background: var(--card);
  border: 1px solid var(--line); border-radius: 14px; overflow-wrap: anywhere }
.brand { margin: 0 0 1.5rem; color: var(--soft); font-size: .875rem }
.brand b { color: var(--ink) }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.3; text-wrap: balance }
h1::before { content: ""; display: block; width: 2.5rem; height: 4px; margin-bottom: 1rem; border-radius: 2px;
  background: MARK }
.good h1::before { background: GOOD }
.bad h1::before { background: BAD }
p { margin: 0 0 1rem }
p:last-child { margin-bottom: 0 }
dl { margin: 1.25rem 0; padding: .25rem 1rem; background: var(--tint); border-radius: 10px }
dl div { padding: .6rem 0 }
dt { color: var(--soft); font-size: .8125rem }
dd { margin: 0 }
"""


def style_of(theme: PageTheme) -> str:
    """Returns the theme's own style sheet, or the library's in the theme's colours."""
    if theme.style is not None:
        return theme.style
    return _STYLE.replace("MARK", theme.mark).replace("GOOD", theme.good).replace("BAD", theme.bad)
