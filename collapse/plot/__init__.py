"""Plots that papers of this field draw: Axes in, Axes out.

Every function takes the Axes first and numbers as arrays, returns the Axes, and records what it
draws for the CSV where the figure is one of ``panels``. Names are listed in ``__init__.pyi``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
