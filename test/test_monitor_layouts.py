# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The layouts for rqt, PlotJuggler and Foxglove show what the nodes publish, in any namespace."""

from __future__ import annotations

import ast
import json
from pathlib import Path
import re
from typing import Any
import xml.etree.ElementTree as ElementTree

import pytest
from sac_bringup import perspective
from sac_bringup.perspective import check_rqt, in_namespace, write_perspective
from sac_core.metric import Metric, Source
from sac_core.metrics import METRICS
from sac_core.ros import names
from sac_interfaces.msg import ActorStatus, Episode, LearnerStatus

pytestmark = pytest.mark.unit

CONFIG = Path(__file__).parents[1] / 'config'
PERSPECTIVE = (CONFIG / 'monitor.perspective').read_text()
MESSAGES = {
    names.ACTOR_STATUS: ActorStatus,
    names.LEARNER_STATUS: LearnerStatus,
    names.EPISODE: Episode,
}
TOPICS = {
    Source.ACTOR: names.ACTOR_STATUS,
    Source.LEARNER: names.LEARNER_STATUS,
    Source.ALGORITHM: names.LEARNER_STATUS,
    Source.EPISODE: names.EPISODE,
}
SHOWN = {
    'episode/episode_return',
    'learner/status/critic_loss',
    'learner/status/actor_loss',
    'learner/status/temperature',
    'actor/status/period_mean',
    'actor/status/weights_age',
}


def plottable(row: Metric) -> bool:
    """Whether a message has a field for it: these programs plot no names."""
    return row.source in TOPICS and row.has_field


def settings(text: str, name: str) -> list[Any]:
    """Every value that a perspective has under a name, as rqt reads it."""
    found: list[Any] = []

    def look(node: dict[str, Any]) -> None:
        for key, value in node.items():
            if key == name and 'repr' in value:
                found.append(ast.literal_eval(value['repr']))
            elif isinstance(value, dict):
                look(value)

    look(json.loads(text))
    return found


def topics(text: str) -> list[str]:
    """What rqt plots; one topic is a string, several are a list."""
    found = settings(text, 'topics')
    return [each for group in found for each in ([group] if isinstance(group, str) else group)]


def plotjuggler() -> list[str]:
    root = ElementTree.parse(CONFIG / 'monitor.plotjuggler.xml').getroot()
    return [curve.attrib['name'] for curve in root.iter('curve')]


def foxglove() -> list[str]:
    panels = json.loads((CONFIG / 'monitor.foxglove.json').read_text())['configById']
    paths = [path['value'] for panel in panels.values() for path in panel.get('paths', [])]
    return [path.replace('.', '/') for path in paths]


@pytest.mark.parametrize('shown', [topics(PERSPECTIVE), plotjuggler(), foxglove()])
def test_what_is_plotted_is_a_plain_number_of_a_message_or_a_state(shown: list[str]) -> None:
    for each in shown:
        topic, _, field = each.removeprefix('/').rpartition('/')
        types = MESSAGES[topic].get_fields_and_field_types()
        plain = field == 'state' or types[field] in ('float', 'double', 'uint32', 'uint64')
        assert plain, each
    assert {each.removeprefix('/') for each in shown} >= SHOWN


@pytest.mark.parametrize('shown', [topics(PERSPECTIVE), plotjuggler(), foxglove()])
def test_what_is_plotted_is_a_row_of_the_table_of_metrics(shown: list[str]) -> None:
    plotted = {each.removeprefix('/') for each in shown}
    known = {f'{TOPICS[row.source]}/{row.field}' for row in METRICS.values() if plottable(row)}
    assert {each for each in plotted if not each.endswith('/state')} <= known


def test_every_panel_of_foxglove_has_its_place() -> None:
    content = json.loads((CONFIG / 'monitor.foxglove.json').read_text())
    panels = content['configById']

    def placed(node: Any) -> list[str]:
        if isinstance(node, dict):
            return placed(node['first']) + placed(node['second'])
        tabs = panels.get(node, {}).get('tabs', [])
        return [node] + [each for tab in tabs for each in placed(tab['layout'])]

    assert sorted(placed(content['layout'])) == sorted(panels)


@pytest.mark.parametrize('key', ['foxglovePanelTitle', 'lichtblickPanelTitle'])
def test_every_plot_of_foxglove_says_what_it_shows(key: str) -> None:
    panels = json.loads((CONFIG / 'monitor.foxglove.json').read_text())['configById']
    titles = [panel.get(key) for panel in panels.values() if 'paths' in panel]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_every_plot_of_plotjuggler_has_a_title_that_it_does_not_cut_off() -> None:
    root = ElementTree.parse(CONFIG / 'monitor.plotjuggler.xml').getroot()
    titles = [area.attrib['name'] for area in root.iter('DockArea')]
    assert len(set(titles)) == len(titles) >= len(SHOWN)
    # Half the width of its window, when it opens, has room for so many beside the buttons.
    assert [title for title in titles if not 0 < len(title) <= 16] == []


def test_the_splitters_of_plotjuggler_hold_what_they_count() -> None:
    root = ElementTree.parse(CONFIG / 'monitor.plotjuggler.xml').getroot()
    for splitter in root.iter('DockSplitter'):
        assert len(splitter) == int(splitter.attrib['count']) == 2
        assert len(splitter.attrib['sizes'].split(';')) == 2


def test_the_perspective_follows_a_namespace(tmp_path: Path) -> None:
    path = write_perspective(CONFIG, tmp_path, 'some/lab')
    moved = [f'/some/lab{each}' for each in topics(PERSPECTIVE)]
    assert topics(path.read_text()) == moved
    assert ['/some/lab/learner', '/some/lab/actor'] in settings(path.read_text(), 'selected_nodes')
    assert json.loads(in_namespace(PERSPECTIVE, '')) == json.loads(PERSPECTIVE)


def test_without_rqt_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DISTRO', 'jazzy')
    monkeypatch.setattr(perspective, 'is_installed', lambda package: package != 'rqt_plot')
    with pytest.raises(ValueError, match=r'sudo apt install ros-jazzy-rqt-plot$'):
        check_rqt()
    monkeypatch.setattr(perspective, 'is_installed', lambda package: True)
    check_rqt()


def test_every_status_field_is_a_plain_scalar_with_a_comment_that_tells_its_unit() -> None:
    for name in ('ActorStatus', 'LearnerStatus', 'Episode'):
        text = (Path(__file__).parents[1] / f'src/sac_interfaces/msg/{name}.msg').read_text()
        lines = [line for line in text.splitlines() if line and not line.startswith('#')]
        for line in lines:
            declared, _, comment = line.partition('#')
            if '=' in declared:  # a constant
                continue
            kind, field = declared.split()
            assert comment.strip(), f'{name}.{field}'
            if field in ('metric_names', 'metric_values'):  # any, by name
                continue
            assert '[' not in kind, f'{name}.{field} is no scalar'
            if kind.startswith('float'):
                assert re.search(r'\[\S.*\]', comment), f'{name}.{field} has no unit'
