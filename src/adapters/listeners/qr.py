"""QR codes for the terminal, for a user who signs in on a phone; they need the package segno."""

BORDERS = (4, 2)
"""The widths of the light margin, in modules: the one that ISO/IEC 18004 asks for, and one that scanners still take."""

_HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def qr_code(url: str, columns: int, rows: int, encoding: str) -> tuple[str, ...]:
    """Returns a QR code of a URL, drawn in half blocks: dark where a character has ink.

    It must be shown black on white, both set explicitly, since few scanners read it the other way round.

    Args:
        url: a checked URL, since a phone opens what it reads.
        columns: the greatest width in columns.
        rows: the greatest number of lines.
        encoding: the encoding of the stream.

    Returns:
        The lines, all of the same width; none if the code does not fit or cannot be encoded, or without segno.
    """
    try:
        import segno
    except ImportError:
        return ()
    try:
        "".join(_HALVES.values()).encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return ()
    code = segno.make(url, error="l", micro=False)
    for border in BORDERS:
        modules = [list(row) for row in code.matrix_iter(border=border)]
        modules += [[0] * len(modules[0])] * (len(modules) % 2)
        pairs = zip(modules[::2], modules[1::2], strict=True)
        lines = tuple("".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs)
        if len(lines) <= rows and len(lines[0]) <= columns:
            return lines
    return ()
