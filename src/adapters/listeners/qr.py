"""A QR code for a terminal, for a person who signs in on their phone; without the package segno there is none."""


def qr_code(url: str, width: int, encoding: str) -> str:
    """Draw a URL in half blocks.

    Args:
        url: a checked one: a phone opens what it reads.
        width: columns that there are.
        encoding: of the stream that it is for.

    Returns:
        The drawing, or the empty text if it does not fit, cannot be encoded, or segno is not installed.
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
