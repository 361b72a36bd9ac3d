"""Settings of the documentation site.

    python -m sphinx -W -b html docs docs/_build/html

It is built by the Python that ``collapse`` is installed in, and needs no network.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import collapse  # noqa: E402  of this checkout

project = "collapse"
author = "The collapse developers"
project_copyright = author
release = version = collapse.__version__

extensions = ["myst_parser", "sphinx_copybutton", "reference"]
exclude_patterns = ["_build", "questions/*"]  # parts of questions.md
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp"
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "collapse"
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
