"""The terminal: text from files and users is shown, and never obeyed by it."""

import sys
from typing import Any

from rich.console import Console
from rich.segment import Segment

from collapse.errors import harmless


class Terminal(Console):
    """A console that escapes control characters: in text, in bars, and in cells before their width
    is measured."""

    def __init__(self, **settings):
        super().__init__(highlight=False, emoji=False, **settings)

    def render_str(self, text: str, **how):
        return super().render_str(harmless(text), **how)

    def render(self, *what, **how):
        for segment in super().render(*what, **how):
            if segment.control:  # from rich itself, such as a redrawn bar
                yield segment
            else:
                yield Segment(harmless(segment.text), segment.style)


def console(quiet: bool) -> Terminal:
    """The console on stdout; if ``quiet``, as a program reads stdout, the one on stderr."""
    return Terminal(stderr=quiet, soft_wrap=not sys.stdout.isatty())


def say(text: Any, quiet: bool = False) -> None:
    """Print one sentence."""
    console(quiet).print(str(text), markup=False)
