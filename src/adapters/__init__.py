"""The adapters: one outside thing a file, behind a port. Only the composition root names them."""
