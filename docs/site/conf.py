# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of Sphinx, which reads the Markdown pages in docs/."""

from __future__ import annotations

from pathlib import Path
import re
from typing import Any

project = 'rtsac'
author = 'The rtsac authors'
copyright = '2026, The rtsac authors'
extensions = ['myst_parser', 'sphinx_copybutton']
exclude_patterns = ['site', 'reference/README.md']
root_doc = 'index'

myst_heading_anchors = 3  # links such as page.md#heading, as the repository's own viewer has them
myst_enable_extensions = ['colon_fence', 'dollarmath']
smartquotes = False  # names of values stay as they are typed
# Indented blocks are commands, not Python.
highlight_language = 'text'

html_theme = 'furo'
html_title = 'Soft Actor-Critic for robots, on ROS 2'
html_static_path = ['static']
html_css_files = ['wide.css']
html_show_sourcelink = False
html_copy_source = False
copybutton_prompt_text = r'\$ '
copybutton_prompt_is_regexp = True


def list_the_rest(app: Any, name: str, source: list[str]) -> None:
    """Add the pages that the front page does not list: none is to be found by search alone."""
    if name != root_doc:
        return
    listed = {root_doc, *re.findall(r'^[\w/]+$', source[0], re.MULTILINE)}
    rest = sorted(path.stem for path in Path(app.srcdir).glob('*.md') if path.stem not in listed)
    if rest:
        lines = '\n'.join(rest)
        source[0] += f'\n```{{toctree}}\n:caption: More\n:maxdepth: 1\n\n{lines}\n```\n'


def setup(app: Any) -> None:
    """Connect what is above; Sphinx calls this."""
    app.connect('source-read', list_the_rest)
