"""The public types, pinned: only type checkers read this file. Whoever changes a line changes what users rely on."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from io import StringIO
from typing import assert_type

from promptvm_oauth import (
    AsyncOAuthClient,
    AuthorizationServer,
    Callback,
    Cancellation,
    DeviceCodeResponse,
    LoginResult,
    LogoutResult,
    NoTokensError,
    OAuthClient,
    OAuthError,
    PageContent,
    PageTexts,
    PageTheme,
    PasteQueue,
    PendingLogin,
    ProfileSummary,
    PromptVMAuthError,
    RefreshPolicy,
    Secret,
    Session,
    State,
    Status,
    StoredTokens,
    StoreError,
    TokenDetails,
    TokenOrganization,
    TokenResponse,
    TokensNotSaved,
    TokenUser,
    TransportError,
    WipeResult,
    all_of,
    challenge,
    generate_verifier,
    is_unauthorized_error,
    json_lines_listener,
    log_listener,
    new_state,
    open_browser,
    start_loopback_server,
    step_up_error,
    terminal_listener,
)
from promptvm_oauth.composition.authenticators import AsyncAzureCredential, AzureCredential, McpTokenStorage
from promptvm_oauth.domain.use_cases.loopback_server import AsyncOpenLoopbackServer, OpenLoopbackServer
from promptvm_oauth.ports import (
    Browser,
    CallbackPort,
    Clock,
    Entropy,
    Event,
    Http,
    Listener,
    Lock,
    ProfileStore,
    SecretStore,
)
from promptvm_oauth.ports.signing import RequestAuth
from promptvm_oauth.testing import (
    FakeAuthServer,
    FakeBrowser,
    FakeCallback,
    FakeClock,
    FakeEntropy,
    FakeLock,
    FakePromptVM,
    ForbiddenBrowser,
    MemoryProfiles,
    MemoryStore,
    Ports,
    ScriptedHttp,
)


def blocking(client: OAuthClient, pending: PendingLogin, tokens: StoredTokens) -> None:
    with client as entered:
        assert_type(entered, OAuthClient)
    assert_type(client.login(), LoginResult)
    assert_type(client.login("work", flow="device", timeout=60, device_name="laptop", open_browser=False), LoginResult)
    assert_type(client.login(cancellation=Cancellation()), LoginResult)
    client.cancel()
    assert_type(client.begin_login(redirect_uri="https://shop.example/callback"), PendingLogin)
    assert_type(client.finish_login(pending, "https://shop.example/callback?code=x&state=y"), LoginResult)
    assert_type(client.access_token(), str)
    assert_type(client.access_token("work"), str)
    assert_type(client.token_details("work", least=600), TokenDetails)
    assert_type(client.discover(), AuthorizationServer)
    assert_type(client.discover("https://login.example.test"), AuthorizationServer)
    assert_type(client.refresh("work"), str)
    assert_type(client.with_auto_refresh(len), int)
    assert_type(client.with_auto_refresh(str.encode, "work"), bytes)
    assert_type(client.auth("work", origins=["https://files.promptvm.ai"]), RequestAuth)
    assert_type(client.token_provider(), Callable[[], str])
    assert_type(client.azure_credential("work"), AzureCredential)
    assert_type(client.mcp_token_storage("work"), McpTokenStorage)
    assert_type(client.status(check=True), Status)
    assert_type(client.logout(revoke=False), LogoutResult)
    assert_type(client.logout_all(revoke=False), tuple[LogoutResult, ...])
    assert_type(client.wipe(revoke=False), WipeResult)
    assert_type(client.sessions(), tuple[Session, ...])
    client.revoke_session("id", "work")
    assert_type(client.list_profiles(), tuple[ProfileSummary, ...])
    client.use_profile("work")
    client.remove_profile("work")
    assert_type(client.remove_profile("work", revoke=False), LogoutResult)
    assert_type(client.request_device_code(device_name="laptop"), DeviceCodeResponse)
    assert_type(client.poll_device_token("code", interval=5, expires_in=600), TokenResponse)
    assert_type(client.poll_device_token(Secret("code")), TokenResponse)
    assert_type(client.exchange_code("code", Secret("verifier"), "http://127.0.0.1:1/callback"), TokenResponse)
    assert_type(client.refresh_token("token"), TokenResponse)
    assert_type(client.revoke_tokens(tokens), str)
    assert_type(client.revoke_tokens(tokens, "work"), str)
    client.save_tokens("work", tokens)
    assert_type(client.save_api_key("work", "pk_1:sk_1"), str)
    assert_type(client.load_tokens(), StoredTokens)
    client.delete_tokens("work")
    client.close()


async def asynchronous(client: AsyncOAuthClient, pending: PendingLogin, tokens: StoredTokens) -> None:
    async with client as entered:
        assert_type(entered, AsyncOAuthClient)

    async def length(token: str) -> int:
        return len(token)

    assert_type(await client.login(), LoginResult)
    assert_type(
        await client.login("work", flow="device", timeout=60, device_name="laptop", open_browser=False), LoginResult
    )
    assert_type(await client.login(cancellation=Cancellation()), LoginResult)
    client.cancel()
    assert_type(await client.begin_login(redirect_uri="https://shop.example/callback"), PendingLogin)
    assert_type(await client.finish_login(pending, "https://shop.example/callback?code=x&state=y"), LoginResult)
    assert_type(await client.access_token(), str)
    assert_type(await client.access_token("work"), str)
    assert_type(await client.token_details("work", least=600), TokenDetails)
    assert_type(await client.discover(), AuthorizationServer)
    assert_type(await client.refresh("work"), str)
    assert_type(await client.with_auto_refresh(length), int)
    assert_type(client.auth("work", origins=["https://files.promptvm.ai"]), RequestAuth)
    assert_type(client.token_provider(), Callable[[], Awaitable[str]])
    assert_type(client.azure_credential("work"), AsyncAzureCredential)
    assert_type(client.mcp_token_storage("work"), McpTokenStorage)
    assert_type(await client.status(check=True), Status)
    assert_type(await client.logout(revoke=False), LogoutResult)
    assert_type(await client.logout_all(revoke=False), tuple[LogoutResult, ...])
    assert_type(await client.wipe(revoke=False), WipeResult)
    assert_type(await client.sessions(), tuple[Session, ...])
    await client.revoke_session("id", "work")
    assert_type(await client.list_profiles(), tuple[ProfileSummary, ...])
    await client.use_profile("work")
    await client.remove_profile("work")
    assert_type(await client.remove_profile("work", revoke=False), LogoutResult)
    assert_type(await client.request_device_code(device_name="laptop"), DeviceCodeResponse)
    assert_type(await client.poll_device_token("code", interval=5, expires_in=600), TokenResponse)
    assert_type(await client.poll_device_token(Secret("code")), TokenResponse)
    assert_type(await client.exchange_code("code", Secret("verifier"), "http://127.0.0.1:1/callback"), TokenResponse)
    assert_type(await client.refresh_token("token"), TokenResponse)
    assert_type(await client.revoke_tokens(tokens), str)
    assert_type(await client.revoke_tokens(tokens, "work"), str)
    await client.save_tokens("work", tokens)
    assert_type(await client.save_api_key("work", "pk_1:sk_1"), str)
    assert_type(await client.load_tokens(), StoredTokens)
    await client.delete_tokens("work")
    await client.aclose()


def functions(error: Exception, listener: Listener) -> None:
    assert_type(generate_verifier(), str)
    assert_type(challenge("verifier"), str)
    assert_type(challenge(Secret("verifier")), str)
    assert_type(new_state(), str)
    assert_type(is_unauthorized_error(error), bool)
    assert_type(step_up_error(403, 'Bearer error="insufficient_scope"'), OAuthError | None)
    open_browser("https://app.promptvm.ai")
    assert_type(log_listener(), Listener)
    assert_type(terminal_listener(StringIO()), Listener)
    assert_type(json_lines_listener(StringIO()), Listener)
    assert_type(all_of(listener, lambda event: print(event.profile)), Listener)  # noqa: T201 (never run)
    assert_type(OAuthClient(paste_from=PasteQueue()), OAuthClient)


async def loopback_servers() -> None:
    with start_loopback_server(state="state", ports=[8400]) as server:
        assert_type(server, OpenLoopbackServer)
        assert_type(server.port, int)
        assert_type(server.redirect_uri, str)
        assert_type(server.wait(state="state", timeout=60), Callback)
    async with start_loopback_server() as awaited:
        assert_type(awaited, AsyncOpenLoopbackServer)
        assert_type(await awaited.wait(state=Secret("state")), Callback)


def values(login: LoginResult, status: Status, logout: LogoutResult, granted: TokenResponse) -> None:
    assert_type(login.user, TokenUser | None)
    assert_type(login.organization, TokenOrganization | None)
    assert_type(login.expires_at, datetime | None)
    assert_type(login.renewable, bool)
    assert_type(status.state, State)
    assert_type(status.user, TokenUser | None)
    assert_type(status.expires_at, datetime | None)
    assert_type(status.base_url, str)
    assert_type(logout.revoked, bool)
    assert_type(logout.reason, str)
    assert_type(logout.error, PromptVMAuthError | None)
    assert_type(granted.access_token, Secret)
    assert_type(granted.access_token.reveal(), str)
    assert_type(granted.refresh_token, Secret | None)
    assert_type(granted.expires_in, float | None)
    assert_type(granted.expires_at, datetime | None)


def more_values(stored: StoredTokens, issued: DeviceCodeResponse, callback: Callback, session: Session) -> None:
    assert_type(stored.access_token, Secret)
    assert_type(stored.refresh_token, Secret | None)
    assert_type(stored.expires_at, datetime | None)
    assert_type(issued.device_code, Secret)
    assert_type(issued.user_code, str)
    assert_type(issued.verification_uri_complete, str | None)
    assert_type(issued.interval, float)
    assert_type(callback.code, Secret | None)
    assert_type(callback.error, str)
    assert_type(session.id, str)
    assert_type(session.created_at, str)


def web_logins(pending: PendingLogin) -> None:
    assert_type(pending.authorize_url, str)
    assert_type(pending.to_json(), str)
    assert_type(PendingLogin.from_json("{}"), PendingLogin)


def errors(root: PromptVMAuthError, server: OAuthError, nobody: NoTokensError, lost: TokensNotSaved) -> None:
    assert_type(root.retryable, bool)
    assert_type(root.needs_login, bool)
    assert_type(server.code, str)
    assert_type(server.description, str)
    assert_type(server.status, int)
    assert_type(nobody.profile, str)
    assert_type(lost.tokens, StoredTokens)
    assert_type(TransportError("lost").status, int | None)
    assert_type(StoreError("full", store="file").store, str)


def arguments(http: Http, clock: Clock, browser: Browser, store: SecretStore, profiles: ProfileStore) -> None:
    def hear(event: Event) -> None:
        assert_type(event.profile, str)

    for face in (OAuthClient, AsyncOAuthClient):
        face(http=http, clock=clock, browser=browser, secrets=store, profiles=profiles)
        face(secrets="memory", on_event=hear, config_dir="/tmp/x", policy=RefreshPolicy(early_window=30))  # noqa: S108 (never run)
        face(server=AuthorizationServer.promptvm("https://api.promptvm.ai"), user_agent="my program")
        face(callback=FakeCallback(clock), lock=FakeLock())
        face(base_url="https://api.promptvm.ai", app_url="https://app.promptvm.ai")
        face(default_profile=None)
        face(default_profile="work")


def pages(content: PageContent) -> None:
    def render(shown: PageContent) -> str:
        return shown.title

    assert_type(content.paragraphs, tuple[str, ...])
    theme = PageTheme(product="Acme", good="#7048e8", texts=PageTexts(signed_in=("Done", "Close this.")), render=render)
    for face in (OAuthClient, AsyncOAuthClient):
        face(pages=theme, callback_ports=(18623,), paste_from=StringIO())


def test_kit(promptvm: FakePromptVM, store: SecretStore, listener: Listener) -> None:
    assert_type(promptvm.ports(), Ports)
    assert_type(promptvm.ports(secrets=store, on_event=listener), Ports)
    OAuthClient(**promptvm.ports())
    AsyncOAuthClient(**promptvm.ports(browser=ForbiddenBrowser()))
    assert_type(promptvm.visit("https://app.promptvm.test/"), str)


def fakes_are_ports() -> None:
    clock: Clock = FakeClock()
    entropy: Entropy = FakeEntropy()
    lock: Lock = FakeLock()
    http: list[Http] = [FakeAuthServer(), ScriptedHttp()]
    browsers: list[Browser] = [FakeBrowser(), ForbiddenBrowser()]
    callback: CallbackPort = FakeCallback(clock)
    store: SecretStore = MemoryStore()
    profiles: ProfileStore = MemoryProfiles()
    del entropy, lock, http, browsers, callback, store, profiles
