# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_dashboard as an ament_python package."""

from setuptools import find_packages, setup

setup(
    name='sac_dashboard',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed', 'page/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_dashboard']),
        ('share/sac_dashboard', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=False,  # the page is served from files
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='Shows a run in a browser, and takes what an operator may ask of it.',
    license='Apache-2.0',
    entry_points={'console_scripts': ['dashboard_node = sac_dashboard.dashboard_node:main']},
)
