# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sim_bridge as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='sim_bridge',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sim_bridge']),
        ('share/sim_bridge', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='Lets a Gymnasium environment stand in for the robot.',
    license='Apache-2.0',
    entry_points={'console_scripts': ['sim_bridge_node = sim_bridge.sim_bridge_node:main']},
)
