# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_actor as an ament_python package."""

from glob import glob

from setuptools import find_packages, setup

setup(
    name='sac_actor',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_actor']),
        ('share/sac_actor', ['package.xml']),
        # The thin launch files, under the name by which users start them. Links to the top
        # directories; their logic is in sac_bringup.
        ('share/sac_actor/launch', glob('launch/*.launch.py')),
        ('share/sac_actor/config', glob('config/*.yaml') + glob('config/monitor.*')),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='The control loop that drives the robot and publishes transitions.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'actor_node = sac_actor.actor_node:main',
            'joy_teleop_node = sac_actor.joy_teleop_node:main',
        ]
    },
)
