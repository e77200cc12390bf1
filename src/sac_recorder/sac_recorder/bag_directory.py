# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The directory of a recording, laid out as rosbag2 does: numbered files and metadata.yaml.

Layout: rosbag2_storage's metadata_io.cpp, version 9, that of ROS 2 Jazzy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
import os
from pathlib import Path
import re
from typing import Any

from mcap.reader import make_reader
from sac_recorder.repair import repair
import yaml

METADATA_FILE = 'metadata.yaml'
_VERSION = 9
_NAME = re.compile(r'recording_(\d+)\.mcap')


@dataclass
class FileSummary:
    """What metadata.yaml says about a file; times in ns since 1970."""

    name: str
    start: int = 0
    end: int = 0
    counts: Counter[str] = field(default_factory=Counter)  # by topic
    types: dict[str, str] = field(default_factory=dict)  # by topic
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)  # of the channel, by topic

    @property
    def messages(self) -> int:
        return sum(self.counts.values())


class BagDirectory:
    """Where the files of a recording lie; those of earlier starts are mended where they need it.

    :param warn: takes a line about each file that was mended or cannot be read
    :raises OSError: where the directory cannot be made
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self.path = path
        self._warn = warn
        path.mkdir(parents=True, exist_ok=True)
        for file in self._files():
            try:
                if done := repair(file):
                    warn(done)
            except OSError as error:
                warn(f'{file.name} cannot be mended: {error}')
        self.write_metadata()

    def next_file(self) -> Path:
        """Name a file that is not there yet."""
        numbers = [_number(path) for path in self._files()]
        return self.path / f'recording_{max(numbers, default=-1) + 1}.mcap'

    def write_metadata(self) -> None:
        """Describe all files that are complete.

        :raises OSError: where it cannot be written
        """
        summaries = []
        for file in self._files():
            try:
                summaries.append(read_summary(file))
            except (OSError, ValueError) as error:
                self._warn(f'{file.name} is left out of {METADATA_FILE}: {error}')
        if not summaries:
            return
        beside = self.path / f'.{METADATA_FILE}.part'
        beside.write_text(yaml.safe_dump(describe(summaries), sort_keys=False))
        os.replace(beside, self.path / METADATA_FILE)

    def _files(self) -> list[Path]:
        found = [path for path in self.path.iterdir() if _NAME.fullmatch(path.name)]
        return sorted(found, key=_number)


def read_summary(path: Path) -> FileSummary:
    """Read the summary at the end of a file.

    :raises ValueError: where it has none
    """
    with path.open('rb') as stream:
        summary = make_reader(stream).get_summary()
    if summary is None or summary.statistics is None:
        raise ValueError('it has no summary')
    result = FileSummary(
        path.name, summary.statistics.message_start_time, summary.statistics.message_end_time
    )
    for number, channel in summary.channels.items():
        result.counts[channel.topic] += summary.statistics.channel_message_counts.get(number, 0)
        result.types[channel.topic] = summary.schemas[channel.schema_id].name
        result.metadata[channel.topic] = channel.metadata
    return result


def describe(summaries: list[FileSummary]) -> dict[str, Any]:
    """Put together the content of metadata.yaml."""
    counts: Counter[str] = sum((each.counts for each in summaries), Counter())
    types = {topic: name for each in summaries for topic, name in each.types.items()}
    metadata = {topic: data for each in summaries for topic, data in each.metadata.items()}
    start, end = min(each.start for each in summaries), max(each.end for each in summaries)
    return {
        'rosbag2_bagfile_information': {
            'version': _VERSION,
            'storage_identifier': 'mcap',
            'duration': {'nanoseconds': end - start},
            'starting_time': {'nanoseconds_since_epoch': start},
            'message_count': sum(each.messages for each in summaries),
            'topics_with_message_count': [
                {
                    'topic_metadata': {
                        'name': topic,
                        'type': types[topic],
                        'serialization_format': 'cdr',
                        'offered_qos_profiles': yaml.safe_load(
                            metadata[topic].get('offered_qos_profiles', '[]')
                        ),
                        'type_description_hash': metadata[topic].get('topic_type_hash', ''),
                    },
                    'message_count': counts[topic],
                }
                for topic in sorted(types)
            ],
            'compression_format': '',
            'compression_mode': '',
            'relative_file_paths': [each.name for each in summaries],
            'files': [
                {
                    'path': each.name,
                    'starting_time': {'nanoseconds_since_epoch': each.start},
                    'duration': {'nanoseconds': each.end - each.start},
                    'message_count': each.messages,
                }
                for each in summaries
            ],
            'custom_data': None,
            'ros_distro': 'jazzy',
        }
    }


def _number(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1
