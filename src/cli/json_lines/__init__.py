"""`--json-lines`: a command for programs, which read events from standard output and write to standard input."""
