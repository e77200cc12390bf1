# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A recording takes what comes without waiting, keeps it over a kill, and says what it lost."""

from __future__ import annotations

from pathlib import Path
import resource
import signal
import subprocess
import sys
import threading
import time

from mcap.reader import make_reader
import pytest
from recorded import TEXT, text, words_of
from sac_recorder.bag_directory import BagDirectory, METADATA_FILE
from sac_recorder.recording import Recording
from sac_recorder.recording_file import RecordingFile
from sac_recorder.repair import is_complete, main, repair
from sac_recorder.settings import RecorderSettings
import yaml

# Records words until it is killed; says how many there are after each flush that made it grow.
_WRITER = """
import sys, time
from pathlib import Path
from recorded import TEXT, text
from sac_recorder.bag_directory import BagDirectory
from sac_recorder.recording import Recording
from sac_recorder.settings import RecorderSettings
recording = Recording(BagDirectory(Path(sys.argv[1]), print), RecorderSettings(flush_period=0.05))
size = 0
for number in range(10**9):
    recording.put(TEXT, text(f'word {number}'), log_time=number + 1, publish_time=number + 1)
    time.sleep(0.001)
    if recording.size > size + 500:
        size = recording.size
        print(sum(recording.written.values()), flush=True)
"""


def record(directory: Path, words: list[str], **settings: int | float) -> Recording:
    warnings: list[str] = []
    recording = Recording(
        BagDirectory(directory, warnings.append),
        RecorderSettings(**settings),  # type: ignore[arg-type]
    )
    for number, word in enumerate(words):
        recording.put(TEXT, text(word), log_time=1000 + number, publish_time=number)
    recording.close()
    return recording


def test_what_is_recorded_is_read_back_in_order_with_its_times(tmp_path: Path) -> None:
    record(tmp_path, ['one', 'two', 'three'])
    with (tmp_path / 'recording_0.mcap').open('rb') as stream:
        reader = make_reader(stream)
        assert reader.get_header().profile == 'ros2'
        read = list(reader.iter_messages())
    assert [message.data for _, _, message in read] == [text(w) for w in ('one', 'two', 'three')]
    assert [message.log_time for _, _, message in read] == [1000, 1001, 1002]
    assert [message.publish_time for _, _, message in read] == [0, 1, 2]
    assert {(s.encoding, c.message_encoding) for s, c, _ in read} == {('ros2msg', 'cdr')}


def test_a_file_is_chunked_and_indexed(tmp_path: Path) -> None:
    record(tmp_path, ['word' * 100] * 100, chunk_size=1000)
    with (tmp_path / 'recording_0.mcap').open('rb') as stream:
        summary = make_reader(stream).get_summary()
    assert summary is not None
    assert len(summary.chunk_indexes) > 10
    assert all(chunk.message_index_offsets for chunk in summary.chunk_indexes)


def test_each_start_adds_a_file_and_the_metadata_tells_of_all(tmp_path: Path) -> None:
    record(tmp_path, ['one', 'two'])
    record(tmp_path, ['three'])
    told = yaml.safe_load((tmp_path / METADATA_FILE).read_text())['rosbag2_bagfile_information']
    assert told['relative_file_paths'] == ['recording_0.mcap', 'recording_1.mcap']
    assert [each['message_count'] for each in told['files']] == [2, 1]
    assert told['message_count'] == 3
    (topic,) = told['topics_with_message_count']
    assert topic['message_count'] == 3
    assert topic['topic_metadata']['name'] == '/text'
    assert topic['topic_metadata']['type_description_hash'] == 'RIHS01_0'


@pytest.mark.timeout(60)
def test_a_killed_recorder_loses_only_what_was_not_flushed_and_the_next_mends_its_file(
    tmp_path: Path,
) -> None:
    writer = subprocess.Popen(
        [sys.executable, '-c', _WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )
    assert writer.stdout is not None
    counts = [int(writer.stdout.readline()) for _ in range(3)]
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    path = tmp_path / 'recording_0.mcap'
    words = words_of(path)
    assert len(words) >= counts[1]  # written before the flush that made the third line
    assert words == [f'word {number}' for number in range(len(words))]
    assert not is_complete(path)

    warnings: list[str] = []
    bag = BagDirectory(tmp_path, warnings.append)
    assert warnings == [f'recording_0.mcap had no end: {len(words)} whole messages are kept']
    assert is_complete(path)
    assert words_of(path) == words
    assert bag.next_file().name == 'recording_1.mcap'


@pytest.mark.parametrize('cut', [1, 30, 200, 700])
def test_the_whole_part_of_a_file_that_was_cut_is_kept(tmp_path: Path, cut: int) -> None:
    record(tmp_path, [f'{n}' * 50 for n in range(100)], chunk_size=1000)
    path = tmp_path / 'recording_0.mcap'
    whole = words_of(path)
    path.write_bytes(path.read_bytes()[:-cut])
    kept = words_of(path)
    assert kept == whole[: len(kept)]
    assert repair(path)
    assert is_complete(path)
    assert words_of(path) == kept


def test_a_damaged_chunk_costs_only_its_own_messages(tmp_path: Path) -> None:
    record(tmp_path, [f'{n}' * 50 for n in range(100)], chunk_size=1000)
    path = tmp_path / 'recording_0.mcap'
    with path.open('rb') as stream:
        summary = make_reader(stream).get_summary()
    assert summary is not None
    whole, data = words_of(path), bytearray(path.read_bytes())
    middle = summary.chunk_indexes[3]
    data[middle.chunk_start_offset + middle.chunk_length - 20] ^= 0xFF
    path.write_bytes(data)
    read = words_of(path)
    assert set(read) < set(whole)
    assert read[-1] == whole[-1]


def test_a_file_without_any_whole_message_goes(tmp_path: Path) -> None:
    (tmp_path / 'recording_0.mcap').write_bytes(b'\x89MCAP0\r\n')
    warnings: list[str] = []
    BagDirectory(tmp_path, warnings.append)
    assert warnings == ['recording_0.mcap held no whole message and is gone']
    assert list(tmp_path.iterdir()) == []


def test_mend_tells_what_it_did(tmp_path: Path) -> None:
    record(tmp_path, ['one'])
    said: list[str] = []
    assert main([str(tmp_path)], said.append) == 0
    assert said == ['recording_0.mcap is complete']
    assert main([str(tmp_path / 'missing')], said.append) == 1


class _SlowFile(RecordingFile):
    """A disk that takes a message only when the test says so."""

    gate: threading.Event

    def write(self, *words: object, **named: object) -> None:
        self.gate.wait()
        super().write(*words, **named)  # type: ignore[arg-type]


def test_what_a_slow_disk_does_not_take_is_dropped_and_counted_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _SlowFile.gate = threading.Event()
    monkeypatch.setattr('sac_recorder.recording.RecordingFile', _SlowFile)
    bag = BagDirectory(tmp_path, print)
    recording = Recording(bag, RecorderSettings(queue_capacity=5))
    for number in range(50):
        recording.put(TEXT, text(f'{number}'), log_time=1, publish_time=1)
    dropped = recording.dropped['/text']
    _SlowFile.gate.set()
    recording.close()
    assert dropped in (44, 45)  # the thread may hold one more
    assert len(words_of(tmp_path / 'recording_0.mcap')) == 50 - dropped


def test_a_full_disk_ends_the_recording_and_is_told(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    recording = Recording(
        BagDirectory(tmp_path, print), RecorderSettings(chunk_size=1000, flush_period=0.05)
    )
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
        number = 0
        deadline = time.monotonic() + 20
        while not recording.problem and time.monotonic() < deadline:
            recording.put(TEXT, text(f'{number} ' * 20), log_time=1, publish_time=1)
            number += 1
            time.sleep(0.0005)
        recording.put(TEXT, text('too late'), log_time=1, publish_time=1)
        recording.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert 'too large' in recording.problem
    assert recording.dropped['/text'] >= 1
    read = words_of(tmp_path / 'recording_0.mcap')
    assert read == [f'{n} ' * 20 for n in range(len(read))]
    assert len(read) > 10
