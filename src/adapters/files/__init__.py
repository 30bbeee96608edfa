"""Reading and writing files that may hold secrets, and the configuration directory."""
