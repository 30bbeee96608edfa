"""Every named duration of this library, in seconds. It imports nothing, so that the path of a stored token may use it.

Options of the public interface take their defaults from here. Lifetimes that a server sends are bounded here as well.
"""

# Requests

HTTP_EXCHANGE = 30.0
"""A whole exchange, from name resolution to the last byte of the body."""

METADATA_REQUEST = 15.0
"""The exchange for a server's metadata document."""

DOCTOR_REQUEST = 10.0
"""The exchange with which the doctor checks that a server answers."""

# Logins

LOGIN_WAIT = 300.0
"""The wait for the user in a login or for a bare redirect, unless the caller says otherwise."""

PENDING_LOGIN_AGE = 600.0
"""The age after which a login that was begun can no longer be finished."""

BROWSER_START_GRACE = 0.3
"""The wait for the exit status of a browser's opener; one that fails usually does so sooner."""

PASTE_SETTLE = 0.1
"""The pause between two looks at what was pasted; a paste is complete when nothing more came for as long."""

# The device flow

DEVICE_INTERVAL = 5.0
"""The time between polls where the server names none (RFC 8628 §3.2)."""

DEVICE_MIN_INTERVAL = 1.0
"""The least time between polls, whatever the server says."""

DEVICE_SLOW_DOWN_STEP = 5.0
"""What each `slow_down` adds to the interval (RFC 8628 §3.5)."""

DEVICE_MAX_BACKOFF = 60.0
"""The longest wait between two polls while the network or the server fails."""

DEVICE_CODE_LIFETIME = 900.0
"""The lifetime of a code where the server names none, though it must."""

DEVICE_MAX_CODE_LIFETIME = 3600.0
"""The longest lifetime of a code, whatever the server says."""

# Tokens and metadata

EARLY_REFRESH = 60.0
"""The time before its expiry at which a token is renewed; the Go tool's value."""

REFRESH_RETRY = 1.0
"""The least time between two attempts to renew a token early while the server fails."""

MAX_TOKEN_LIFETIME = 10 * 366 * 24 * 3600.0
"""Ten years: a longer lifetime is read as this one."""

AZURE_TOKEN_LIFETIME = 300.0
"""The lifetime that Azure's SDKs are told of a token without a known expiry; they ask again within its last 300."""

METADATA_AGE = 3600.0
"""The age up to which a metadata document is used unchecked where the server says nothing."""

METADATA_MAX_AGE = 86400.0
"""The longest such age, whatever the server says."""

# Stores and locks

LOCK_WAIT = 45.0
"""The wait for another process that renews or changes the same login."""

LOCK_POLL_INTERVAL = 0.005
"""The time between two attempts to take a lock."""

KEYCHAIN_CALL = 5.0
"""A call to the keychain in which the user is asked nothing."""

KEYCHAIN_UNLOCK = 60.0
"""The time that a user at a terminal has to unlock the keychain."""

KEYCHAIN_READ_BACK = 2.0
"""The check after a failed write whether it took effect all the same."""

REPLACE_RETRY = 0.01
"""The pause before a file that somebody has open is replaced again; Windows refuses it meanwhile."""

# The loopback listener

CALLBACK_SILENCE = 10.0
"""A connection without a byte of its request."""

CALLBACK_REQUEST = 30.0
"""From the opening of a connection to the end of its request's headers."""

CALLBACK_READ_PAUSE = 0.1
"""The pause between two reads of a request that arrives in pieces, so that single bytes cost little."""

CALLBACK_CLOSE = 1.0
"""The longest wait for a listener to close; its thread ends by itself a little later."""

CALLBACK_ROOM_AGE = 1.0
"""The time for which a count of this process's descriptors is used."""

CALLBACK_ACCEPT_PAUSE = 0.01
"""The pause after a burst of connections."""

CALLBACK_ACCEPT_RETRY = 0.05
"""The pause before the next connection is accepted when the operating system had no descriptor for one."""

CALLBACK_LINGER = 1.0
"""The time that a browser has to read an answer and close."""

CALLBACK_FAREWELL = 0.5
"""The time for the result page to be fetched while the listener closes."""

CALLBACK_PARTING = 0.3
"""The time for answers that are on their way when the listener closes."""

# Every wait of a blocking caller

WAIT_SLICE = 0.2
"""The longest uninterrupted wait: on Windows Ctrl-C takes effect only between two waits."""
