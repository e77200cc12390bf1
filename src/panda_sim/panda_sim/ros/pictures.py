# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes pictures for rqt_image_view and writes them to a video."""

from __future__ import annotations

from array import array
from pathlib import Path

from panda_sim.camera import Camera
from panda_sim.drawing import Picture
from panda_sim.real_time import Every
from panda_sim.ros import driver_topics as topics
from panda_sim.twin import Twin
from panda_sim.video import Video
from rclpy.node import Node
from sensor_msgs.msg import Image


class Pictures:
    """
    A camera on the twin.

    :param rate: of simulated time (Hz)
    :param video: file to write, or empty
    :raises ValueError: if the video cannot be written
    """

    def __init__(self, node: Node, twin: Twin, *, rate: float, video: str) -> None:
        self._node, self._twin = node, twin
        self._due = Every(rate)
        self._video = Video(Path(video), rate) if video else None
        self._publisher = node.create_publisher(Image, 'panda_sim/image', topics.NEWEST)
        self._camera = Camera(
            twin.model,
            self._on_picture,
            node.get_logger().error,
            keep_all=self._video is not None,
        )

    def look(self, tick: int) -> None:
        """Take a picture if one is due. :param tick: of the simulation, 1 ms each"""
        if self._due.is_due(tick):
            self._camera.show(self._twin.data.qpos, self._twin.time)

    def close(self) -> None:
        self._camera.close()
        if self._video:
            self._video.close()

    def _on_picture(self, picture: Picture, _time: float) -> None:
        if self._video:
            self._video.add(picture)
        if self._publisher.get_subscription_count():
            height, width, channels = picture.shape
            message = Image(height=height, width=width, encoding='rgb8', step=width * channels)
            message.header.stamp = self._node.get_clock().now().to_msg()
            message.header.frame_id = 'camera'
            message.data = array('B', picture.tobytes())
            self._publisher.publish(message)
