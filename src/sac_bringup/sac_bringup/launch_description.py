# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run as a launch description, built from the same arguments and graph as the runner's."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from pathlib import Path
import sys

from ament_index_python.packages import get_package_share_directory
from launch.actions import (
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    Shutdown,
    TimerAction,
)
from launch.events.process import ProcessExited
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import Node
from sac_bringup.arguments import Argument, table
from sac_bringup.driver import DriverProcess
from sac_bringup.exit_policy import (
    describe_exit,
    ended_in_order,
    Ending,
    EXIT_BAD_CONFIGURATION,
    ExitPolicy,
    Restart,
    RESTART_DELAY,
)
from sac_bringup.installation import config_directory
from sac_bringup.parsing import refuse_unknown
from sac_bringup.process import Process
from sac_bringup.run_lock import RunLocks
from sac_bringup.runs import Run, RUNS

from launch import Action, LaunchContext, LaunchDescription

# A node takes up to 10 s to deliver what is due.
_SIGTERM_TIMEOUT = '15'  # [s] after SIGINT

_Ended = Callable[[ProcessExited, Process], Ending | Restart | None]


def describe_run(name: str, launch_file: str) -> LaunchDescription:
    """Describe the run of that name.

    :param launch_file: path of the launch file; where it is the one that the user started, an
        argument that it does not have is refused
    """
    run, config = RUNS[name], config_directory()
    configured = run.configured_defaults(config)
    declarations = []
    for each in table(run.arguments):
        hint = f' Empty: {configured[each.name]}.' if each.name in configured else ''
        declarations.append(
            DeclareLaunchArgument(
                each.name,
                default_value=None if each.required else each.default,
                description=each.setting.description + hint,
                choices=_choices(each),
            )
        )
    start = OpaqueFunction(function=_start, args=(run, config, Path(launch_file).name))
    return LaunchDescription([*declarations, start])


def _choices(argument: Argument) -> list[str] | None:
    """List what launch may take, which checks the default, too: an empty one is none of them."""
    choices = list(argument.setting.choices)
    if choices and not argument.required and argument.default not in choices:
        choices.append(argument.default)
    return choices or None


def _start(context: LaunchContext, run: Run, config: Path, launch_file: str) -> list[Action]:
    if launch_file in (Path(word).name for word in sys.argv):
        refuse_unknown((word.partition(':=')[0] for word in context.argv), run.arguments)
    given = context.launch_configurations
    texts = {each.name: given[each.name] for each in table(run.arguments) if each.name in given}
    plan = run.plan(texts, config)
    claims = RunLocks(plan)
    atexit.register(claims.release)
    rule = ExitPolicy(plan.processes)

    def ended(event: ProcessExited, process: Process) -> Ending | Restart | None:
        if event.returncode == EXIT_BAD_CONFIGURATION:
            claims.refused()
        return rule.exited(process, event.returncode)

    driver = [] if plan.driver is None else _driver(plan.driver)
    return [*driver, *(_node(each, ended) for each in plan.processes)]


def _driver(driver: DriverProcess) -> list[Action]:
    share = Path(get_package_share_directory(driver.package))
    return [
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(share / 'launch' / driver.launch_file)),
            launch_arguments=driver.arguments.items(),
        ),
        Node(
            package='controller_manager',
            executable='spawner',
            namespace=driver.namespace,
            arguments=[driver.controller],
            output='screen',
        ),
    ]


def _node(process: Process, ended: _Ended) -> Node:
    return Node(
        package=process.package,
        executable=process.executable,
        name=process.name,
        namespace=process.namespace,
        exec_name=process.label,
        parameters=[process.parameters],
        remappings=list(process.remappings),
        additional_env=process.environment,
        ros_arguments=process.own_arguments,
        output='screen',
        sigterm_timeout=_SIGTERM_TIMEOUT,
        on_exit=_on_exit(process, ended),
    )


def _on_exit(
    process: Process, ended: _Ended
) -> Callable[[ProcessExited, LaunchContext], list[Action] | None]:
    def handle(event: ProcessExited, context: LaunchContext) -> list[Action] | None:
        # An exception is the one way to an exit code other than 0.
        if context.is_shutdown:
            if not ended_in_order(event.returncode):
                raise RuntimeError(f'{process.label} {describe_exit(event.returncode)}')
            return None
        follows = ended(event, process)
        if follows is None:
            return None
        if isinstance(follows, Restart):
            # Not launch's own respawn: that knows no limit in time, and repeats a process that
            # has finished or refused its configuration.
            again = TimerAction(period=RESTART_DELAY, actions=[_node(process, ended)])
            return [LogInfo(msg=follows.reason), again]
        if follows.exit_code:
            raise RuntimeError(follows.reason)
        return [Shutdown(reason=follows.reason)]

    return handle
