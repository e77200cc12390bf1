# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_recorder as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='sac_recorder',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_recorder']),
        ('share/sac_recorder', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='Records what a run says on its topics, as MCAP files that rosbag2 reads.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'recorder_node = sac_recorder.recorder_node:main',
            'mend = sac_recorder.repair:main',
        ]
    },
)
