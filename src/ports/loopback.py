"""What counts as this machine (RFC 8252 §7.3): a loopback address literal, or the name `localhost`."""

from ipaddress import ip_address


def is_loopback(host: str | None) -> bool:
    """Returns whether a host, as in `urlsplit(...).hostname`, is this machine: 127.0.0.0/8, ::1 or localhost."""
    if not host:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
