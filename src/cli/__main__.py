"""`python -m promptvm_oauth.cli` is `promptvm-auth`."""

import sys

from .program import main

if __name__ == "__main__":
    sys.exit(main())
