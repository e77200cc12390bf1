# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_core as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='sac_core',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_core']),
        ('share/sac_core', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='What the nodes share: policy, weights, transitions, ROS glue.',
    license='Apache-2.0',
    entry_points={'console_scripts': []},
)
