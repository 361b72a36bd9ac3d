"""Text of others on its way to a terminal: it shows, and does nothing."""

import re

# What a terminal obeys or is led astray by: C0 but tab and line feed, DEL and C1 (ESC and CSI
# among them), line and paragraph separators, the embeddings, overrides and isolates that turn the
# order of letters about (Boucher and Anderson 2021, "Trojan Source"), and halves of surrogate
# pairs, which cannot be written at all.
HARMFUL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    """The text with whatever a terminal would obey written as backslash, u and four hexadecimal
    digits. A JSON document stays one, of the same value: such characters stand in its strings
    alone, where they are written so."""
    return HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
