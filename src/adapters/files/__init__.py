"""Reading and writing files that hold secrets, and the configuration directory."""
