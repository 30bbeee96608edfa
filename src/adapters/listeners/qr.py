"""QR codes for the terminal, for a user who signs in on a phone; they need the package segno."""


def qr_code(url: str, width: int, encoding: str) -> str:
    """Returns a QR code of a URL, drawn in half blocks.

    Args:
        url: a checked URL, since a phone opens what it reads.
        width: the number of columns of the terminal.
        encoding: the encoding of the stream.

    Returns:
        The QR code, or the empty text if it does not fit, cannot be encoded, or segno is not installed.
    """
    import io

    try:
        import segno
    except ImportError:
        return ""
    drawn = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(drawn, border=2, compact=True)
    text = drawn.getvalue()
    try:
        text.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return ""
    return text if max(map(len, text.splitlines())) <= width else ""
