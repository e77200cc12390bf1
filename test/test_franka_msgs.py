# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The messages that stand in for the driver's equal them: names, fields, defaults, constants."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import get_package_share_directory, PackageNotFoundError
from panda_sim.robot import ERRORS, RobotMode
import pytest
from rosidl_adapter.parser import (
    MessageSpecification,
    parse_action_string,
    parse_message_string,
    parse_service_string,
)

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent
SUBSTITUTES = ('franka_msgs', 'controller_manager_msgs', 'control_msgs')
INTERFACES = sorted(
    path.relative_to(HERE)
    for package in SUBSTITUTES
    for path in (HERE / package).rglob('*')
    if path.suffix in {'.msg', '.srv', '.action'}
)


def installed(package: str) -> Path:
    """The real package's folder; skips where only the substitute is there."""
    try:
        share = Path(get_package_share_directory(package))
    except PackageNotFoundError:
        pytest.skip(f'{package} is not installed')
    if 'Stands in for' in (share / 'package.xml').read_text():
        pytest.skip(f'the real {package} is not installed')
    return share


def parts(path: Path, package: str) -> list[MessageSpecification]:
    """The message, or the parts of a service or an action."""
    text = path.read_text()
    if path.suffix == '.msg':
        return [parse_message_string(package, path.stem, text)]
    if path.suffix == '.srv':
        service = parse_service_string(package, path.stem, text)
        return [service.request, service.response]
    action = parse_action_string(package, path.stem, text)
    return [action.goal, action.result, action.feedback]


def description(message: MessageSpecification) -> list[tuple[str, str, object]]:
    fields = [(field.name, str(field.type), field.default_value) for field in message.fields]
    constants = [(item.name, item.type, item.value) for item in message.constants]
    return fields + sorted(constants)


@pytest.mark.parametrize('path', INTERFACES, ids=str)
def test_a_substitute_equals_the_real_one_field_by_field(path: Path) -> None:
    package = path.parts[0]
    real = installed(package).joinpath(*path.parts[1:])
    ours = [description(message) for message in parts(HERE / path, package)]
    assert ours == [description(message) for message in parts(real, package)]


def test_no_interface_of_the_real_franka_msgs_is_missing() -> None:
    share = installed('franka_msgs')
    real = {
        path.relative_to(share)
        for path in share.rglob('*')
        if path.suffix in {'.msg', '.srv', '.action'}
    }
    ours = {
        path.relative_to('franka_msgs') for path in INTERFACES if path.parts[0] == 'franka_msgs'
    }
    assert ours == {path for path in real if not path.stem.endswith(('_Request', '_Response'))}


def test_the_twin_knows_the_errors_and_modes_of_the_messages() -> None:
    try:
        from franka_msgs.msg import Errors, FrankaRobotState
    except ImportError:  # the folder beside this file is no Python package
        pytest.skip('franka_msgs is not built')

    assert tuple(Errors.get_fields_and_field_types()) == ERRORS
    for mode in RobotMode:
        assert getattr(FrankaRobotState, f'ROBOT_MODE_{mode.name}') == mode
