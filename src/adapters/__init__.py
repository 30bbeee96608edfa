"""The adapters: each file connects one outside system to a port. Only the composition root imports them."""
