# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs panda_sim as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='panda_sim',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed'], 'panda_sim': ['numbers/*.yaml']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/panda_sim']),
        ('share/panda_sim', ['package.xml', 'NOTICE']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description="Twin of a Franka arm that speaks the language of the arm's driver.",
    license='Apache-2.0',
    entry_points={'console_scripts': ['panda_sim_node = panda_sim.panda_sim_node:main']},
)
