"""What every test starts from."""

import os
import signal

# A job in the background of a shell ignores Ctrl-C, and so would every program that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The other HTTP libraries of the tests would take a proxy to this machine; ours does not, and tests of that set one.
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

# The keychain of whoever runs the tests is not theirs to touch; tests that need one start their own.
for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
    os.environ.pop(name, None)
