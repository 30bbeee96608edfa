"""The callback port: the loopback listener (RFC 8252 §7.3)."""
