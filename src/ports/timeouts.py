"""Every named duration of this library, in seconds. It imports nothing, so that loading a stored token stays cheap.

The defaults of public options and the bounds of lifetimes that a server sends are here as well.
"""

# Requests

HTTP_EXCHANGE = 30.0
"""A whole exchange, from name resolution to the last byte of the body."""

METADATA_REQUEST = 15.0
"""The exchange for a server's metadata document."""

DOCTOR_REQUEST = 10.0
"""The exchange with which the doctor checks that a server responds."""

LOGOUT_REVOCATION = 30.0
"""All requests with which a logout ends the session at the server, together; several sessions share it."""

DEFAULT_WORKSPACE = 3.0
"""The request with which a finished login asks PromptVM for the default workspace: the user waits for it."""

REPLACED_SESSION = 5.0
"""All requests with which a finished login ends the session that it replaced: the user waits for them."""

LOGOUT_LEAST = 5.0
"""What each session gets of it, however many there are."""

# Logins

LOGIN_WAIT = 300.0
"""The default wait for the user in a browser login, or for the redirect to `start_loopback_server`.

A device login waits for the life of its code."""

PENDING_LOGIN_AGE = 600.0
"""The age at which a pending login expires."""

BROWSER_START_GRACE = 0.3
"""The wait for the exit status of a browser's opener; most failures show sooner."""

CANCEL_WATCH = 0.2
"""The time between two looks whether a login that waits for its user was cancelled."""

BROWSER_WATCH = CANCEL_WATCH
"""The time between two looks whether the browser's opener failed late, or its link was visited twice."""

LOGIN_HINT = 20.0
"""The wait after which a user is told what a standard server's page may have refused."""

NOTEBOOK_TICK = 1.0
"""The time between two forms of a notebook's card, which counts down."""

PASTE_SETTLE = 0.1
"""The time between two reads of pasted input; a paste is complete when nothing was read for as long."""

# The command exec

EXEC_LEAST = 600.0
"""The time for which a token must be valid when a command is started with it; else it is renewed first."""

# The device flow

DEVICE_INTERVAL = 5.0
"""The default time between polls (RFC 8628 §3.2)."""

DEVICE_MIN_INTERVAL = 1.0
"""The shortest time between polls, whatever the server says."""

DEVICE_SLOW_DOWN_STEP = 5.0
"""The time that each `slow_down` adds to the interval (RFC 8628 §3.5)."""

DEVICE_MAX_BACKOFF = 60.0
"""The longest time between two polls while the network or the server fails."""

DEVICE_LAST_POLL = 1.0
"""How long before the deadline the last poll begins, unless the server's interval makes it later."""

DEVICE_CODE_LIFETIME = 900.0
"""The lifetime of a device code if the server omits it, though it is required."""

DEVICE_MAX_CODE_LIFETIME = 3600.0
"""The longest lifetime of a device code, whatever the server says."""

# Tokens and metadata

EARLY_REFRESH = 300.0
"""How long before its expiry a token is refreshed."""

GO_EARLY_REFRESH = 60.0
"""The same in the Go tool; also used for a token of unknown lifetime."""

CLOCK_TOLERANCE = 60.0
"""How far in the future a token may have been granted, before the clock of that moment counts as wrong."""

GO_WRITE = 0.15
"""The pause before another look at tokens that the Go tool, which has no lock, may be renewing."""

SECOND_LOOK = 0.02
"""The first pause between two looks for tokens that another program may just have written; each next one doubles."""

SECOND_LOOKS = 0.4
"""The time for all such looks."""

EARLY_WAIT = 2.0
"""How long a caller waits for a refresh before the expiry; then it goes on with the old token."""

REFRESH_RETRY = 1.0
"""The shortest time between two attempts to refresh a token before its expiry, while the server fails."""

MAX_TOKEN_LIFETIME = 10 * 366 * 24 * 3600.0
"""The longest lifetime of a token: ten years. A longer one is reduced to it."""

AZURE_TOKEN_LIFETIME = 300.0
"""The lifetime that Azure's SDKs see for a token without a known expiry; they fetch a new one in its last 300 s."""

METADATA_AGE = 3600.0
"""The default age up to which a cached metadata document is used."""

METADATA_MAX_AGE = 86400.0
"""The longest such age, whatever the server says."""

# Stores and locks

LOCK_WAIT = 45.0
"""The wait for another process that refreshes or changes the same login."""

LOCK_SILENCE = 1.0
"""The part of such a wait after which the user is told what is waited for."""

PROFILE_WRITE = 5.0
"""The wait for another program that writes a profile of a store that the Go tool cannot see."""

LOCK_POLL_INTERVAL = 0.005
"""The time between two attempts to take a lock."""

KEYCHAIN_CALL = 5.0
"""A call to the keychain without a prompt."""

KEYCHAIN_UNLOCK = 60.0
"""The time that a user at a terminal or a display has to answer the keychain's prompt."""

KEYCHAIN_NOTICE = 1.0
"""The time after which a listener is told that the keychain's prompt is waited for."""

KEYCHAIN_DISMISS = 1.0
"""The call that closes a prompt which is no longer waited for."""

KEYCHAIN_READ_BACK = 2.0
"""The read that checks whether a write without an answer took effect."""

DAMAGE_FIRST_PAUSE = 0.01
"""The time before a file that seems damaged is read again: another program may be writing it in place."""

DAMAGE_SECOND_PAUSE = 0.03
"""The time before it is read for the third time."""

DAMAGE_LAST_PAUSE = 0.1
"""The time before it is read for the fourth and last time."""

REPLACE_RETRY = 0.01
"""The time between two attempts to replace a file; Windows refuses while another process has it open."""

# The loopback listener

CALLBACK_SILENCE = 10.0
"""The wait for the first byte of a request."""

CALLBACK_REQUEST = 30.0
"""The time from the opening of a connection to the end of the request headers."""

CALLBACK_READ_PAUSE = 0.1
"""The pause between two reads of a request that arrives in pieces, so that single bytes cost little."""

CALLBACK_CLOSE = 1.0
"""The longest wait for a listener to close; its thread ends by itself a little later."""

CALLBACK_ROOM_AGE = 1.0
"""The time for which a count of this process's descriptors is used."""

CALLBACK_ACCEPT_PAUSE = 0.01
"""The pause after a burst of connections."""

CALLBACK_ACCEPT_RETRY = 0.05
"""The time before the next accept when the operating system has no free file descriptor."""

CALLBACK_LINGER = 1.0
"""The time for a browser to read a response and close the connection."""

CALLBACK_DOUBLE_CLICK = 0.4
"""How long after the answer the listener stays for the second one of a double click, which would find no page else."""

CALLBACK_FAREWELL = 0.5
"""The time for a browser to fetch the result page while the listener closes."""

CALLBACK_PARTING = 0.3
"""The time for responses that are being sent while the listener closes."""

# Every wait of a blocking caller

WAIT_SLICE = 0.2
"""The longest uninterrupted wait: on Windows Ctrl-C takes effect only between two waits."""
