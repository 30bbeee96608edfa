"""The Secret Service of a Linux desktop, over D-Bus."""
