# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Installs sac_tools as an ament_python package, with the command sac on the PATH."""

from setuptools import find_packages, setup

setup(
    name='sac_tools',
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/sac_tools']),
        ('share/sac_tools', ['package.xml']),
    ],
    install_requires=['setuptools'],
    zip_safe=True,
    maintainer='The rtsac authors',
    maintainer_email='maintainers@example.com',
    description='The command sac: looks at runs, draws, evaluates, exports and inspects.',
    license='Apache-2.0',
    entry_points={'console_scripts': ['sac = sac_tools.main:main']},
)
