"""Listeners of the event stream: terminal, JSON lines, log."""
