"""How unit tests make up examples of their own: the same few in each run, or many new ones where they are asked for."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
"""How many new examples of each property are tried; 0 means the same 40 in every run. CI asks for many."""

settings.register_profile("steady", deadline=None, database=None, max_examples=40, derandomize=True)
settings.register_profile("many", deadline=None, database=None, max_examples=max(EXAMPLES, 1), print_blob=True)
settings.load_profile("many" if EXAMPLES else "steady")
