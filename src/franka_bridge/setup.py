# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs franka_bridge as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='franka_bridge',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/franka_bridge']),
        ('share/franka_bridge', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='Drives a Franka arm through franka_ros2.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': ['franka_bridge_node = franka_bridge.franka_bridge_node:main']
    },
)
