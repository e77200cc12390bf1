#!/usr/bin/env bash
# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
# Tries the README on a machine that has nothing else: a minimal Debian in a directory of its own, the packages that the
# README names, a user without rights, a clone of this checkout's last commit, and the README's commands.
#
#     make bare                      Debian 12; needs root, debootstrap and the network
#     make bare SUITE=trixie         Debian 13, Python 3.13
#     test/bare.sh --possible        says in one line why this machine cannot do it, and fails; prints nothing otherwise
#
# BARE_ROOT=DIR keeps the root in DIR and takes up the one that is there; otherwise it is deleted at the end.
set -euo pipefail
{  # read as a whole before it runs, since the checkout may change meanwhile
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
suite=${SUITE:-bookworm}

why_not() {
    [ "$(id -u)" = 0 ] || { echo 'only root can make a root directory'; return; }
    [ "$(uname -m)" = x86_64 ] || { echo "the ROS 2 wheels exist for x86_64 only, this is $(uname -m)"; return; }
    command -v debootstrap > /dev/null || { echo 'debootstrap is not installed: apt-get install debootstrap'; return; }
    unshare --mount --pid --net --fork true 2> /dev/null || echo 'no mount, process and network namespaces can be made here'
}

reason=$(why_not)
if [ "${1:-}" = --possible ] || [ -n "$reason" ]; then
    [ -z "$reason" ] || { echo "no bare root: $reason"; exit 1; }
    exit 0
fi

# Mounts and processes of the root end with this script, however it ends.
[ -n "${BARE_INSIDE:-}" ] || {
    export BARE_INSIDE=1
    root=${BARE_ROOT:-$(mktemp -d "${TMPDIR:-/tmp}/bare-$suite.XXXXXX")}
    [ -n "${BARE_ROOT:-}" ] || trap 'rm -rf --one-file-system "$root"' EXIT
    BARE_ROOT=$root unshare --mount --pid --fork --kill-child --propagation private "$0" "$@"
    exit
}
root=$BARE_ROOT
readme=$checkout/README.md

# What the README says, word for word: a second list of it here could differ.
packages=$(sed -nE 's/^    sudo apt-get install (git .*)$/\1/p' "$readme")
drawing=$(sed -nE 's/^    sudo apt-get install (libegl1.*)$/\1/p' "$readme")
[ -n "$packages" ] && [ -n "$drawing" ] || { echo "README.md names no packages: 'sudo apt-get install git ...', '... libegl1 ...'" >&2; exit 1; }

summary=()
step() {  # NAME COMMAND...: run it, say how long it took; the first that fails is the last
    local name=$1 start=$SECONDS status
    shift
    printf '\n=== %s\n' "$name"
    set +e; (set -e; "$@"); status=$?; set -e  # after `||` the shell would not stop at the first error within
    summary+=("$(printf '%4d s  %s' $((SECONDS - start)) "$name")")
    [ $status = 0 ] || { printf '\n=== bare %s: FAILED (exit status %d): %s\n' "$suite" $status "$name" >&2; exit $status; }
}

make_root() {
    local log
    log=$(mktemp)
    [ -d "$root/usr/bin" ] || debootstrap --variant=minbase "$suite" "$root" > "$log" 2>&1 || { tail -n 20 "$log"; exit 1; }
    rm "$log"
    chmod 755 "$root"  # mktemp makes it for root alone
    mkdir -p "$root"/{proc,sys,dev,tmp}
    mount -t proc proc "$root/proc"
    mount --rbind --make-rslave /sys "$root/sys"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    mkdir "$root"/dev/{shm,pts}
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    local device
    for device in null zero full random urandom tty; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s /proc/self/fd/0 "$root/dev/stdin"; ln -s /proc/self/fd/1 "$root/dev/stdout"; ln -s /proc/self/fd/2 "$root/dev/stderr"
    # The network as this machine has it: names, proxies, certificates, and where pip looks.
    cat /etc/resolv.conf > "$root/etc/resolv.conf"
    local settings certificates path
    settings=$(pip config list 2> /dev/null | sed -nE "s/^(global|:env:)\.//p" | sort -ru | sort -t= -uk1,1 || true)
    certificates=$(sed -nE "s/^\.?cert='(.*)'$/\1/p" <<< "$settings")
    { echo '[global]'; grep -vE "^\.?cert=|file://" <<< "$settings" | sed -E "s/^\.//; s/='(.*)'$/ = \1/" || true; } > "$root/etc/pip.conf"
    if [ -f "$certificates" ]; then
        cat "$certificates" > "$root/etc/certificates.pem"
        echo 'cert = /etc/certificates.pem' >> "$root/etc/pip.conf"
    fi
    for path in $(grep -oE '(^| )/[^ ]+' "$root/etc/pip.conf"); do
        [ -e "$path" ] || continue
        if [ -d "$path" ]; then path=$(dirname "$path/x"); mkdir -p "$root$path"; else mkdir -p "$root$(dirname "$path")"; touch "$root$path"; fi
        mount --bind -o ro "$path" "$root$path"
    done
}

as_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "${network[@]}" "$@"; }
install() { as_root apt-get -qq update && as_root apt-get -qq install -y "$@" > "$root/tmp/apt.log" 2>&1 || { tail -n 20 "$root/tmp/apt.log"; return 1; }; }

# What a login of the user would set, and no more.
as_user() {
    chroot --userspec=user:user "$root" env -i HOME=/home/user USER=user LOGNAME=user SHELL=/bin/bash TERM=dumb \
        PATH=/usr/local/bin:/usr/bin:/bin CI="${CI:-}" "${network[@]}" bash -c "cd ~/rtsac 2> /dev/null || cd; $1"
}
# After the set-up nothing may need the network; and no other run of this machine is met.
offline() { unshare --net bash -c "ip link set lo up 2> /dev/null || true; $(declare -f as_user); $(declare -p root network); as_user \"\$1\"" bash "$1"; }

clone() {
    git -C "$checkout" bundle create --quiet "$root/tmp/rtsac.bundle" HEAD
    chmod 644 "$root/tmp/rtsac.bundle"
    chroot "$root" id user > /dev/null 2>&1 || chroot "$root" useradd --create-home --shell /bin/bash user
    as_user 'cd && rm -rf rtsac && git clone --quiet -c advice.detachedHead=false /tmp/rtsac.bundle rtsac && git -C rtsac log -1 --format="%h %s"'
}

mapfile -t network < <(env | grep -iE '^(https?_proxy|no_proxy)=' || true)
readme_command() {  # PATTERN [SED...]: the README's line that matches, made shorter by SED
    local line
    line=$(grep -m1 -E "^    $1" "$readme" | sed -E 's/^ +//; s/ +#.*$//' | sed -E "${2:-}")
    [ -n "$line" ] || { echo "README.md has no line like '$1'" >&2; return 1; }
    printf '%s\n' "$line"
}

short='s/(max_env_steps:=)[0-9]+/\1400/; s/(eval_episodes:=)[0-9]+/\12/'
train=$(readme_command 'make train ARGS="control_rate:=0 max_env_steps' "$short")
arm=$(readme_command 'make train ARGS="robot:=panda_sim' "$short")
test=${BARE_TEST:-$(readme_command 'make test ')}

step "a minimal Debian $suite" make_root
step "apt-get install $packages" install $packages
step 'git clone' clone
step 'make setup' as_user 'make setup'
step "$train" offline "$train"
step "$arm" offline "$arm"
step "$test" offline "$test"
step "apt-get install $drawing" install $drawing
step 'sac video' offline 'source setup/env.sh && run=$(ls -d runs/HalfCheetah* | tail -n 1) && sac video "$run" -o cheetah.gif --seconds 1 && ls -l cheetah.gif'
step 'the tests that draw' offline 'source setup/env.sh && python -m pytest -q -m drawing'

printf '\n=== bare %s: passed\n' "$suite"
printf '%s\n' "${summary[@]}"
exit
}
