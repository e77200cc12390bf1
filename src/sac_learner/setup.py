# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_learner as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='sac_learner',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed'], 'sac_learner.algorithms.sac.native': ['*.cpp', '*.hpp']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_learner']),
        ('share/sac_learner', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='Stores transitions, trains Soft Actor-Critic and publishes weights.',
    license='Apache-2.0',
    entry_points={'console_scripts': ['learner_node = sac_learner.learner_node:main']},
)
