"""What a program pays before its first request: whole processes, timed in turn with a bare interpreter.

python benchmarks/cold_start.py [ROUNDS]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

from promptvm_oauth.adapters.profiles.yaml_profiles import YamlProfiles
from promptvm_oauth.adapters.stores.encrypted_file import EncryptedFileStore

BARE = "pass"
PROGRAMS = {
    "import promptvm_oauth": "import promptvm_oauth",
    "a stored token": "from promptvm_oauth import OAuthClient; OAuthClient(config_dir=DIR).access_token()",
    "promptvm-auth token": "from promptvm_oauth.cli import main; main(['token', '--config-dir', DIR])",
    "the same and httpx": "import httpx; from promptvm_oauth import OAuthClient; "
    "OAuthClient(config_dir=DIR).access_token()",
}


def seconds(code: str) -> float:
    """Time one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as directory:
        YamlProfiles(directory).save("default", {"base_url": "https://api.promptvm.ai", "auth_type": "oauth"})
        tokens = {"access_token": "a", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00Z"}
        EncryptedFileStore(directory).save("default", tokens)
        os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
        for name, code in PROGRAMS.items():
            program = code.replace("DIR", repr(directory))
            above = [1000 * (seconds(program) - seconds(BARE)) for _ in range(rounds)]
            low, middle, high = min(above), statistics.median(above), max(above)
            print(f"{name:24} {middle:6.1f} ms above a bare interpreter ({low:.1f} to {high:.1f})")


if __name__ == "__main__":
    main()
