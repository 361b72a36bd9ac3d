"""What ``--json`` prints."""

import json

from collapse.errors import harmless


def emit(document: dict, asked: bool) -> None:
    """One document, and nothing else on stdout, if ``--json`` asked for it."""
    if asked:
        print(harmless(json.dumps(document, indent=1, ensure_ascii=False)))
