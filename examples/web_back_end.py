"""A web back end whose visitors sign in: python examples/web_back_end.py BASE_URL

A login is begun in one request and finished in another. In between it waits in the visitor's session, whose id
is also the profile of their tokens. No call may do without it: that is what `default_profile=None` says.
"""

import sys
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex

import httpx
from promptvm_oauth import OAuthClient, PendingLogin, PromptVMAuthError

client = OAuthClient(base_url=sys.argv[1], secrets="memory", default_profile=None, user_agent="web-back-end-example")
begun: dict[str, PendingLogin] = {}


class BackEnd(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/login":
            self.begin_login()
        elif path == "/callback":
            self.finish_login()
        elif path == "/me":
            self.show_me()
        else:
            self.answer(200, '<a href="/login">Sign in with PromptVM</a>')

    def begin_login(self) -> None:
        session = token_hex(16)
        begun[session] = client.begin_login(session, redirect_uri=f"{origin}/callback")
        cookie = f"session={session}; HttpOnly; SameSite=Lax; Path=/"
        self.answer(303, "", {"Location": begun[session].authorize_url, "Set-Cookie": cookie})

    def finish_login(self) -> None:
        login = begun.pop(self.session() or "", None)
        if login is None:
            return self.answer(400, "No login of yours is waiting.")
        try:
            result = client.finish_login(login, origin + self.path)
        except PromptVMAuthError as error:
            return self.answer(400, f"You are not signed in: {escape(str(error))}")
        return self.answer(200, f"Signed in as {escape(result.user.email if result.user else result.profile)}.")

    def show_me(self) -> None:
        try:
            me = httpx.get(f"{sys.argv[1]}/api/v1/me", auth=client.auth(self.session()))
        except PromptVMAuthError as error:  # without a cookie ProfileRequired, with an unknown one NoTokensError
            return self.answer(401, f"You are not signed in: {escape(str(error))}")
        return self.answer(me.status_code, escape(me.text))

    def session(self) -> str | None:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        return cookie.value if cookie else None

    def answer(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Write no log: the callback's URL holds the code."""


server = ThreadingHTTPServer(("127.0.0.1", 0), BackEnd)
origin = f"http://127.0.0.1:{server.server_port}"
print(origin, flush=True)
server.serve_forever()
