"""The profiles port: the YAML files that the Go tool shares, and profiles in memory."""
