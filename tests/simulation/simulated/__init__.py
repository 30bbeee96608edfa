"""Machines, processes, servers and time that a scheduler steps through, around the real use cases."""
