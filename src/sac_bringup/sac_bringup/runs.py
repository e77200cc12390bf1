# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of run that can be started, each with its arguments and its graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
import os
from pathlib import Path
from typing import Any

from sac_bringup.arguments import PolicyArguments, RunArguments, TrainArguments
from sac_bringup.configuration import configured_defaults
from sac_bringup.graph import Plan, policy_graph, TRAIN_DEFAULTS, train_graph
from sac_bringup.log_directory import log_environment
from sac_bringup.parsing import parse, show


@dataclass(frozen=True)
class Run:
    """One kind of run.

    :param graph: describes the processes, from arguments and the directory of config files
    :param defaults: where it departs from default.yaml
    """

    arguments: type[RunArguments]
    graph: Callable[..., Plan]
    defaults: Mapping[str, Mapping[str, Any]]

    def plan(self, texts: Mapping[str, str], config: Path, *, in_terminal: bool = False) -> Plan:
        """Describe the run for arguments as typed.

        :raises ValueError: for a bad argument or file, naming it and the value
        """
        plan = self.graph(parse(texts, self.arguments), config=config, in_terminal=in_terminal)
        logs = log_environment(plan.run_dir, os.environ)
        processes = [
            replace(each, environment={**logs, **each.environment}) for each in plan.processes
        ]
        return replace(plan, processes=processes)

    def configured_defaults(self, config: Path) -> dict[str, str]:
        """Return what the empty arguments that set parameters stand for without a preset."""
        return configured_defaults(self.arguments, config, self.defaults)

    def show(self, config: Path) -> str:
        """List the arguments for a reader."""
        return show(self.arguments, self.configured_defaults(config))


RUNS = {
    'train': Run(TrainArguments, train_graph, TRAIN_DEFAULTS),
    'policy': Run(PolicyArguments, policy_graph, {}),
}
