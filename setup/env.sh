# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
# The project's environment, for bash: `source setup/env.sh`, then python, colcon and the packages are there.
# A ROS 2 installation that was in use at set-up must be sourced before.

if [ -z "${BASH_VERSION:-}" ]; then
    echo "setup/env.sh is for bash: start bash, then source it there" >&2
    return 1
elif [ "${BASH_SOURCE[0]}" = "$0" ]; then
    echo "setup/env.sh changes the shell that reads it: source setup/env.sh" >&2
    exit 1
fi

_rtsac_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." > /dev/null && pwd)
if [ ! -f "$_rtsac_root/.venv/ready" ]; then
    echo "setup/env.sh: $_rtsac_root is not set up: run make setup" >&2
    unset _rtsac_root
    return 1
fi

# The ROS wheels re-execute each process's first Python once, to add their libraries to LD_LIBRARY_PATH, and leave
# this mark. Inherited from another environment it would suppress that here.
unset _ROS_WHEELS_BOOTSTRAP_COMPLETE

# The scripts of ROS and colcon read variables that may be unset, which set -u refuses.
_rtsac_options=$-
set +u
source "$_rtsac_root/.venv/bin/activate"
if [ -d "$_rtsac_root/.venv/share/ament_index" ]; then
    # ROS from wheels: the virtual environment is the underlay.
    export AMENT_PREFIX_PATH=$VIRTUAL_ENV CMAKE_PREFIX_PATH=$VIRTUAL_ENV
    unset COLCON_PREFIX_PATH
    # Modules of a ROS installation or of another environment are for another Python; the user's own stay.
    _rtsac_own_modules() {
        local IFS=: entry own=
        for entry in ${PYTHONPATH:-}; do
            case $entry in
                '' | /opt/ros/* | */site-packages* | */dist-packages*) continue ;;
                */build/*) [ ! -f "${entry%/build/*}/install/setup.bash" ] || continue ;;  # links of a workspace
            esac
            own=$own${own:+:}$entry
        done
        unset PYTHONPATH
        [ -z "$own" ] || export PYTHONPATH=$own
    }
    _rtsac_own_modules
    unset -f _rtsac_own_modules
fi
[ ! -f "$_rtsac_root/install/setup.bash" ] || source "$_rtsac_root/install/setup.bash"
case $_rtsac_options in *u*) set -u ;; esac
unset _rtsac_root _rtsac_options

# Nodes find each other on this machine only, unless the user says otherwise: two people on one network who train
# at the same time must not share a robot by accident.
export ROS_AUTOMATIC_DISCOVERY_RANGE=${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}
