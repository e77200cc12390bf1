# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The generated pages of the documentation say what is declared, and pages lead to what exists."""

from __future__ import annotations

import ast
from pathlib import Path
import re

import arguments_page
import metrics_page
import parameters_page
import pytest
from sac_bringup.arguments import PolicyArguments, table, TrainArguments
from sac_bringup.parameter_file import read_parameters
from sac_core.metrics import METRICS
from sac_core.ros import names
from sac_interfaces import msg
from sac_learner.algorithms.config import AlgorithmConfig
from sac_learner.algorithms.registry import find_algorithm, known_algorithms
import topics_page

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
# Every parameter of these is in the default file, too.
CONFIGURED = read_parameters(ROOT / 'config' / 'default.yaml')


def rows(page: str, section: str) -> dict[str, list[str]]:
    """Cells of the lines of a table, by the name in the first."""
    text = page.partition(f'\n## {section}\n')[2].partition('\n## ')[0]
    lines = [line for line in text.splitlines() if line.startswith('| `')]
    cells = [[cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]] for line in lines]
    return {each[0].strip('`'): each for each in cells}


def as_written(value: object) -> str:
    if isinstance(value, list):
        return '[' + ','.join(as_written(each) for each in value) + ']'
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize('node', sorted(set(parameters_page.NODES) & set(CONFIGURED)))
def test_the_parameters_page_has_the_parameters_of_the_default_file(node: str) -> None:
    found = rows(parameters_page.page(), node)
    assert {name: cells[1].strip('`') for name, cells in found.items()} == {
        name: as_written(value) for name, value in CONFIGURED[node].items()
    }
    assert all(cells[5] for cells in found.values()), 'a parameter without a meaning'


def algorithm_settings() -> set[str]:
    """Classes of which the learner declares one more, beside the class that they share."""
    classes = [find_algorithm(name).config_class for name in known_algorithms()]
    return {f'{each.__module__}.{each.__name__}' for each in (AlgorithmConfig, *classes)}


def declarations() -> set[str]:
    """Classes that some node declares its parameters from, found in the sources of the nodes."""
    found = set()
    for path in [each for each in (ROOT / 'src').rglob('*.py') if 'test' not in each.parts]:
        tree = ast.parse(path.read_text(encoding='utf-8'))
        imported = {
            alias.name: f'{node.module}.{alias.name}'
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == 'declare_settings':
                declared = ast.unparse(node.args[1])
                if declared.endswith('.config_class'):
                    found |= algorithm_settings()
                else:
                    found.add(imported[declared])
    return found


def test_the_parameters_page_has_whatever_a_node_declares() -> None:
    shown = {name for _, classes in parameters_page.NODES.values() for name in classes}
    assert len(shown) >= 10
    assert declarations() == shown
    assert set(CONFIGURED) <= set(parameters_page.NODES)


@pytest.mark.parametrize(
    ('title', 'arguments'),
    [('Training', TrainArguments), ('Running a policy', PolicyArguments)],
)
def test_the_arguments_page_has_every_argument(title: str, arguments: type) -> None:
    found = rows(arguments_page.page(), title)
    assert list(found) == [each.name for each in table(arguments)]
    if title == 'Training':
        assert found['max_env_steps'][1] == '`100000`'
        assert found['respawn'][3] == '`none`, `learner`, `all`'


def test_the_topics_page_has_every_message_with_every_field() -> None:
    page = topics_page.page()
    kinds = {path.stem: getattr(msg, path.stem) for path in topics_page.message_files()}
    assert len(kinds) >= 10
    for name, kind in kinds.items():
        found = rows(page, name)
        fields = [each for each in found if ' = ' not in each]  # the others are constants
        assert fields == list(kind.get_fields_and_field_types()), name
        assert all(cells[2] for cells in found.values()), f'{name}: a field without a meaning'


@pytest.mark.parametrize('name', ['ActorStatus', 'LearnerStatus', 'Episode'])
def test_what_is_plotted_is_plain_numbers_with_their_units(name: str) -> None:
    """rqt_plot and PlotJuggler show such fields unaided; a count is told by what is counted."""
    _, fields = topics_page.read_message(topics_page.MESSAGES / f'{name}.msg')
    plain = {'bool', 'string', 'float32', 'float64', 'uint32', 'uint64'}
    by_name = {'metric_names', 'metric_values'}  # of an algorithm: any
    fields = [each for each in fields if each.name not in by_name]
    assert {each.type for each in fields} - plain == {'std_msgs/Header'}
    floats = [each for each in fields if each.type.startswith('float')]
    assert floats
    assert [each.name for each in floats if not re.search(r'\[[^\]]+\]', each.text)] == []


def test_the_metrics_page_has_every_metric() -> None:
    page = metrics_page.page()
    assert [name for name in METRICS if f'| `{name}` |' not in page] == []


def test_the_topics_page_has_every_topic() -> None:
    told = topics_page.page()
    topics = [
        value
        for name, value in vars(names).items()
        if name.isupper() and not name.endswith('_SERVICE') and name != 'JOY'
    ]
    assert [topic for topic in topics if f'`{topic}`' not in told] == []


def test_a_message_with_an_unexplained_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'Thing.msg'
    path.write_text('# A thing.\nfloat32 size # how large [m]\nuint8 LARGE = 3 # a constant\n')
    about, fields = topics_page.read_message(path)
    assert about == 'A thing.'
    assert [(each.type, each.name) for each in fields] == [
        ('float32', 'size'),
        ('uint8', 'LARGE = 3'),
    ]
    path.write_text('float32 size\n')
    with pytest.raises(ValueError, match=r"Thing\.msg: not a field with its meaning: 'float32"):
        topics_page.read_message(path)


def leads_somewhere(page: Path, link: str) -> bool:
    """Return whether a link of a page has a target; of the site's pages, directories are none."""
    target = page.parent / link
    return target.is_file() if page.parent == DOCS else target.exists()


@pytest.mark.parametrize(
    'path', [ROOT / 'README.md', *sorted(DOCS.glob('*.md'))], ids=lambda path: path.name
)
def test_a_page_leads_to_what_exists(path: Path) -> None:
    """What `make docs` checks, for who does not build the site; generated pages aside."""
    text = re.sub(r'```.*?```', '', path.read_text(encoding='utf-8'), flags=re.DOTALL)
    links = [link.partition('#')[0] for link in re.findall(r'\]\(([^)\s]+)\)', text)]
    missing = [
        link
        for link in links
        if link and not link.startswith(('http', 'reference/')) and not leads_somewhere(path, link)
    ]
    assert missing == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    assert len(text.splitlines()) <= 130
    assert len(text.split()) <= 1300
