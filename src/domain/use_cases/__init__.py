"""The use cases of a client, over ports: sign in, return tokens, refresh, sign out."""
