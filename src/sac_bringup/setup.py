# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_bringup as an ament_python package."""

from glob import glob

from setuptools import find_packages, setup

setup(
    name='sac_bringup',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_bringup']),
        ('share/sac_bringup', ['package.xml']),
        # launch and config are links to the directories at the top of the repository.
        ('share/sac_bringup/launch', glob('launch/*.launch.py')),
        ('share/sac_bringup/config', glob('config/*.yaml') + glob('config/monitor.*')),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='Starts runs of the suite: the graph of processes, arguments, the runner, respawn'
    ' and the logic of the launch files.',
    license='Apache-2.0',
    entry_points={'console_scripts': []},
)
