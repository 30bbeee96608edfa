"""The times of the simulation."""

START = 1_700_000_000.0
"""The wall clock at the start, in seconds since 1970-01-01 UTC."""

LIFETIME = 3600.0
"""Of an access token, in seconds."""

PAST = 10.0
"""How long before the start the stored access token expired, in seconds."""
