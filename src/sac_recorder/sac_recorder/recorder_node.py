# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""ROS node that hears the topics of a run, as bytes, and records them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import sys
import time
from typing import Any

from rclpy.node import Node
from sac_core.diagnostics import Level, Status
from sac_core.ros import names
from sac_core.ros.diagnostics import DiagnosticsPublisher
from sac_core.ros.parameters import declare_settings, refuse_unknown_overrides
from sac_core.ros.run import run_node
from sac_core.ros.timers import create_timer, throttled
from sac_recorder.bag_directory import BagDirectory
from sac_recorder.recording import Recording
from sac_recorder.recording_file import Topic
from sac_recorder.ros.listening import Listener, Take
from sac_recorder.ros.offers import offered_profiles
from sac_recorder.ros.topics import RecordedTopic, sources
from sac_recorder.settings import RecorderSettings

_DIAGNOSTICS_PERIOD = 1.0
_TAKE_PERIOD = 0.1  # of the thousand messages that may wait on each topic [s]
_LOG_PERIOD = 10.0  # between repeated lines of the log [s]
_PATIENCE = 0.2  # until a signal is seen [s]
_QUIET = 0.5  # without a message, when all who spoke have gone, until nothing more comes [s]


class RecorderNode:
    """Wires the topics of a run to its recording.

    :raises ValueError: for a bad parameter
    """

    def __init__(self) -> None:
        self.node = Node('recorder')
        self.exit_code = 0
        settings = declare_settings(self.node, RecorderSettings)
        refuse_unknown_overrides(self.node)
        if not settings.directory:
            raise ValueError('directory must be given, got an empty one')
        _stand_back(settings.niceness)
        directory = Path(settings.directory).expanduser().absolute()
        logger = self.node.get_logger()
        try:
            bag = BagDirectory(directory, logger.warning)
            self._recording = Recording(bag, settings)
        except OSError as error:
            raise ValueError(f'directory {directory} cannot be used: {error.strerror}') from error
        self._lost: Counter[str] = Counter()  # messages by topic that never reached this process
        self._reported = 0
        self._heard = time.monotonic()
        self._diagnostics = DiagnosticsPublisher(self.node)
        self._listener = Listener(self.node)
        try:
            for source in sources(settings.actors):
                self._listen(source)
        except OSError as error:
            self._recording.close()
            raise ValueError(f'a message definition is not installed: {error}') from error
        create_timer(self.node, _TAKE_PERIOD, self._listener.take_all)
        create_timer(self.node, _DIAGNOSTICS_PERIOD, self._report)
        logger.info(f'recording to {directory / self._recording.name}')

    def _listen(self, source: RecordedTopic) -> None:
        name = self.node.resolve_topic_name(source.name)
        source.describe(name, '')  # so that a definition that is missing shows at once

        def note_lost(count: int) -> None:
            self._lost[name] += count

        self._listener.listen(source, self._writer_of(source, name), note_lost)

    def _writer_of(self, source: RecordedTopic, name: str) -> Take:
        topic: Topic | None = None

        def write(data: bytes, info: Mapping[str, Any]) -> None:
            nonlocal topic
            self._heard = time.monotonic()
            if topic is None:  # its publisher is known by now
                topic = source.describe(name, offered_profiles(self.node, source))
            self._recording.put(
                topic,
                data,
                log_time=info['received_timestamp'] or time.time_ns(),
                publish_time=info['source_timestamp'] or time.time_ns(),
            )

        return write

    def _report(self) -> None:
        self._listener.count_lost()
        recording = self._recording
        missing = recording.dropped + self._lost
        total = sum(missing.values())
        new, self._reported = total - self._reported, total
        level, message = Level.OK, f'all that comes is in {recording.name}'
        if new:
            level, message = Level.WARN, f'{new} messages lost since the last report'
            self.node.get_logger().warning(
                f'{total} messages are missing in {recording.name}',
                **throttled(_LOG_PERIOD),
            )
        if recording.problem:
            level, message = Level.ERROR, f'nothing more is recorded: {recording.problem}'
            self.node.get_logger().error(message, **throttled(_LOG_PERIOD))
        self._diagnostics.publish(
            Status(
                'recording',
                message,
                level,
                {
                    'file': recording.name,
                    'messages': sum(recording.written.values()),
                    'bytes': recording.size,
                    **{f'lost_{topic}': count for topic, count in missing.items()},
                },
            )
        )

    # The orderly end, see sac_core.ros.run.

    def wants_to_end(self) -> bool:
        """Never by itself."""
        return False

    def begin_end(self, reason: str) -> None:
        """Go on: the others say their last words now."""

    def has_ended(self) -> bool:
        """Return whether all who take part in the run have gone, and nothing more comes."""
        topics = (names.TRANSITIONS, names.ACTOR_STATUS, names.LEARNER_STATUS)
        if any(self.node.count_publishers(topic) for topic in topics):
            return False
        return time.monotonic() - self._heard > _QUIET

    def close(self) -> None:
        """Write what has come, and end the file."""
        try:
            self._listener.take_all()
        finally:
            self._recording.close()
        if self._recording.problem:
            print(f'recorder: error: {self._recording.problem}', file=sys.stderr, flush=True)


def _stand_back(niceness: int) -> None:
    """Leave the processor to the others, as far as the system lets it be changed."""
    try:
        os.nice(niceness)
    except OSError:
        pass


def main(args: Sequence[str] | None = None) -> None:
    """Run the recorder as a process."""
    sys.exit(run_node('recorder', RecorderNode, args, patience=_PATIENCE))


if __name__ == '__main__':
    main()
