"""The style sheet of the web pages: inline, allowed by its hash, without external resources."""

from base64 import b64encode
from hashlib import sha256

STYLE = """
:root { color-scheme: light dark; --page: #f5f6f8; --card: #ffffff; --ink: #1b1f27; --soft: #566072; --line: #d9dee6;
  --tint: #eef1f6; --act: #2352c8; --on-act: #ffffff; --focus: #2352c8; --bad: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --page: #12151b; --card: #1b2029; --ink: #e8ebf0; --soft: #a4aebd; --line: #323a48;
    --tint: #252c38; --act: #8fb0ff; --on-act: #0d1830; --focus: #8fb0ff; --bad: #ff9d94 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center; padding: 16px;
  background: var(--page); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif }
main { width: 100%; max-width: 27rem; padding: clamp(20px, 6vw, 36px); background: var(--card);
  border: 1px solid var(--line); border-radius: 14px; overflow-wrap: anywhere }
.brand { margin: 0 0 1.5rem; color: var(--soft); font-size: .875rem }
.brand b { color: var(--ink) }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.3; text-wrap: balance }
p { margin: 0 0 1rem }
p:last-child { margin-bottom: 0 }
.soft { color: var(--soft); font-size: .9375rem }
.bad { color: var(--bad) }
a { color: var(--act) }
dl { margin: 1.25rem 0; padding: .25rem 1rem; background: var(--tint); border-radius: 10px }
dl div { padding: .6rem 0 }
dl div + div { border-top: 1px solid var(--line) }
dt { color: var(--soft); font-size: .8125rem }
dd { margin: 0 }
label { display: block; margin-bottom: .4rem; font-weight: 600 }
.code { margin: 1.25rem 0; padding: .85rem .5rem; background: var(--tint); border-radius: 10px; text-align: center;
  font: 600 clamp(1.3rem, 7.5vw, 1.75rem)/1.3 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace;
  letter-spacing: .06em }
input[type=text] { width: 100%; min-height: 48px; padding: .5rem .75rem; color: inherit; background: var(--card);
  border: 1px solid var(--soft); border-radius: 10px; text-transform: uppercase;
  font: 1.25rem ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; letter-spacing: .06em }
.choices { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0 }
button { flex: 1 1 8rem; min-height: 48px; padding: .5rem 1rem; border: 1px solid var(--soft); border-radius: 10px;
  background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer }
button.yes { background: var(--act); border-color: var(--act); color: var(--on-act) }
button:hover { filter: brightness(1.08) }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
"""

STYLE_SOURCE = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
"""The source of the style sheet in the content security policy."""
