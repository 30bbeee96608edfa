"""What a client does, over ports: sign in, hand out tokens, refresh, sign out."""
