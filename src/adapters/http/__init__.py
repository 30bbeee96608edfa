"""The HTTP port, over httpx."""
