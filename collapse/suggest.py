"""Sentences about names: the nearest valid one, and what there is to choose from."""

from difflib import get_close_matches

LONG = 100  # characters of a name that are told


def unknown(what: str, name: str, known) -> str:
    """The sentence for a name that is none of the known ones."""
    return f"There is no {what} {name!r}{nearest(name, known)}; choose from: {listed(known)}."


def nearest(name: str, known, count: int = 1) -> str:
    """The question after a mistyped name: the known names most like it, or nothing."""
    folded = {word.lower(): word for word in known}
    close = get_close_matches(name.lower(), folded, n=count, cutoff=0.5)
    return f" (did you mean {' or '.join(folded[word] for word in close)}?)" if close else ""


def listed(names, most: int = 20) -> str:
    """Names in a row, the tail of a long list counted instead, and long ones cut."""
    names = [name if len(name) <= LONG else f"{name[:LONG]}..." for name in map(str, names)]
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
