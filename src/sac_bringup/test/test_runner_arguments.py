# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The runner with real processes: each gets its name, remappings and parameters."""

from __future__ import annotations

import sys
import textwrap

import pytest

from .runner_fakes import Fakes, finish

pytestmark = pytest.mark.timeout(30)


def test_a_process_gets_its_name_remappings_and_parameters(fakes: Fakes) -> None:
    settings: dict[str, object] = {
        'namespace': '/lab',
        'parameters': {'text': '20', 'rate': 20.0},
        'remappings': (('a', '/b'),),
        'log_level': 'warn',
        'ends_run': True,
    }
    code, lines = finish(fakes.start(('arguments', settings)))
    assert code == 0
    text = '\n'.join(line.removeprefix('[lab/arguments] ') for line in lines)
    assert '--ros-args -r __node:=arguments -r __ns:=/lab -r a:=/b --params-file ' in text
    assert '--log-level lab.arguments:=warn' in text
    assert '"text": "20"' in text
    assert '"rate": 20.0' in text


NODE = textwrap.dedent("""\
    #!{python}
    import rclpy
    from rclpy.node import Node
    rclpy.init()
    node = Node('other', automatically_declare_parameters_from_overrides=True)
    for name, parameter in sorted(node.get_parameters_by_prefix('').items()):
        print(node.get_fully_qualified_name(), name, parameter.type_.name, repr(parameter.value))
""")


def test_a_node_gets_each_parameter_in_its_own_type(fakes: Fakes) -> None:
    pytest.importorskip('rclpy')
    (fakes.prefix / 'lib/fake/node').write_text(NODE.format(python=sys.executable))
    (fakes.prefix / 'lib/fake/node').chmod(0o755)
    parameters = {
        'digits': '20', 'empty': '', 'yes': 'y', 'exponent': '1e5', 'quote': 'é"\'\\',
        'beyond': '/\U0001f916, [b] \u2028: #$x',
        'whole': 20.0, 'small': 1e-05, 'flag': True, 'widths': [256, 256], 'zero': 0,
    }  # fmt: skip
    settings: dict[str, object] = {
        'namespace': '/a/b', 'parameters': parameters, 'ends_run': True
    }  # fmt: skip
    code, lines = finish(fakes.start(('node', settings)))
    assert code == 0, lines
    wanted = {
        "digits STRING '20'", "empty STRING ''", "yes STRING 'y'", "exponent STRING '1e5'",
        f'quote STRING {parameters["quote"]!r}', f'beyond STRING {parameters["beyond"]!r}',
        'whole DOUBLE 20.0', 'small DOUBLE 1e-05',
        'flag BOOL True', 'widths INTEGER_ARRAY [256, 256]', 'zero INTEGER 0',
    }  # fmt: skip
    assert wanted <= {line.removeprefix('[a/b/node] /a/b/node ') for line in lines}
