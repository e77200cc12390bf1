# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that people change while a node runs: checked, handed over, remembered.

A change holds over restarts of the process and over resumed runs, until it is configured anew:
a limit that somebody has tightened does not widen because a process died.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
import json
from pathlib import Path
from typing import Any, cast, Generic, TypeVar

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.timer import Timer
from sac_core.durable_file import write_file
from sac_core.ros.parameters import ros_value, setting_value
from sac_core.settings import Setting, Settings, settings_of

SettingsType = TypeVar('SettingsType', bound=Settings)
_FILE = 'changed_parameters.json'


@dataclass
class _Group(Generic[SettingsType]):
    """Settings of one class, and who is told of them."""

    current: SettingsType
    declared: dict[str, Setting]
    check: Callable[[SettingsType], None]
    apply: Callable[[SettingsType], None]


class ParameterChanges:
    """Takes the changes of a node's parameters, on its executor's thread.

    :param directory: where they are remembered; None: nowhere
    :raises ValueError: where what is remembered there cannot be read
    """

    def __init__(self, node: Node, directory: Path | None = None) -> None:
        self._node = node
        self._path = None if directory is None else directory / _FILE
        self._configured: dict[str, Any] = {}
        self._changed: dict[str, Any] = {}
        self._earlier = self._read()
        self._groups: list[_Group[Any]] = []
        node.add_on_set_parameters_callback(self._on_set)
        node.add_post_set_parameters_callback(self._after_set)

    def accept(
        self,
        settings: SettingsType,
        *,
        apply: Callable[[SettingsType], None],
        check: Callable[[SettingsType], None] = lambda settings: None,
    ) -> SettingsType:
        """Accept changes of these settings from now on.

        :param settings: as configured
        :param apply: takes the settings after each change; must not wait
        :param check: raises ValueError for what their own ranges do not exclude
        :return: the settings, with the changes that an earlier start of the node was told
        :raises ValueError: where those are not valid
        """
        declared = {each.name: each for each in settings_of(type(settings)) if each.changeable}
        self._configured |= {name: getattr(settings, name) for name in declared}
        earlier = {
            name: setting_value(declared[name], change['changed'])
            for name, change in self._earlier.items()
            if name in declared and change['configured'] == ros_value(self._configured[name])
        }
        if earlier:
            settings = cast(SettingsType, replace(cast(Any, settings), **earlier))
            self._node.set_parameters(
                [Parameter(name, value=ros_value(value)) for name, value in earlier.items()]
            )
            self._changed |= earlier
            told = ', '.join(f'{name} {ros_value(value)}' for name, value in earlier.items())
            self._node.get_logger().info(f'changed while the run was under way: {told}')
        self._groups.append(_Group(settings, declared, check, apply))
        return settings

    def _on_set(self, parameters: Iterable[Parameter]) -> SetParametersResult:
        try:
            for group, changed in self._by_group(parameters):
                group.check(changed)
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _after_set(self, parameters: Iterable[Parameter]) -> None:
        concerned = self._by_group(parameters)
        for group, changed in concerned:
            for name in group.declared:
                old, new = getattr(group.current, name), getattr(changed, name)
                if old != new:
                    self._changed[name] = new
                    self._node.get_logger().info(f'{name} is {new} from now on, was {old}')
            group.current = changed
            group.apply(changed)
        if concerned:
            self._remember()

    def _by_group(self, parameters: Iterable[Parameter]) -> list[tuple[_Group[Any], Any]]:
        """Give each group that is concerned, with its settings after the change.

        :raises ValueError: for a wrong value, naming the field
        """
        given = {each.name: each.value for each in parameters}
        concerned = []
        for group in self._groups:
            values = {
                name: setting_value(group.declared[name], value)
                for name, value in given.items()
                if name in group.declared
            }
            if values:
                concerned.append((group, replace(group.current, **values)))
        return concerned

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            content = json.loads(self._path.read_text(encoding='utf-8'))
            return {str(name): dict(change) for name, change in content.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f'{self._path} cannot be read ({error}); without it, the configured values hold'
            ) from error

    def _remember(self) -> None:
        changes = {
            name: {'configured': ros_value(self._configured[name]), 'changed': ros_value(value)}
            for name, value in self._changed.items()
            if value != self._configured[name]
        }
        if self._path is None or changes == self._earlier:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_file(self._path, json.dumps(changes, indent=2).encode())
            self._earlier = changes
        except OSError as error:
            self._node.get_logger().error(f'a restart will not know of the change: {error}')


def change_period(timer: Timer, period: float) -> None:
    """Let a timer go on at another period, if it goes at all.

    :param period: [s]
    """
    period_ns = int(period * 1e9)
    if timer.timer_period_ns != period_ns:
        timer.timer_period_ns = period_ns
        if not timer.is_canceled():
            timer.reset()  # else the old period would have to pass first
