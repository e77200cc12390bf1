# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
# The commands of this project. `make` alone lists them.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
ENTER := source setup/env.sh
RUN := $(ENTER) && exec python -m sac_bringup.runner

.DEFAULT_GOAL := help
.PHONY: help setup train policy keystore test test-all bare lint format chaos bench bench-loop bench-arm bench-monitoring bench-gpu curves bench-lock config docs docs-lock lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile
	@echo '  Arguments: make train ARGS="env_id:=Hopper-v5 seed:=3"; all of them: make train ARGS=--show-args'

setup:  ## install and build what is needed and not there yet; PYTHON=python3.12 chooses the Python
	@PYTHON='$(PYTHON)' setup/setup.sh

train: setup  ## train on the simulated HalfCheetah, or as ARGS say; Ctrl-C at any time is safe
	@$(RUN) train $(ARGS)

policy: setup  ## run a trained policy without learning: ARGS="checkpoint:=runs/NAME/checkpoints/latest"
	@$(RUN) policy $(ARGS)

KEYSTORE ?= keystore
keystore:  ## create SROS2 keys for a secured run, in KEYSTORE=DIR; needs the command `ros2 security`
	@ros2 security --help > /dev/null 2>&1 || { echo 'make keystore: there is no command `ros2 security`:' \
		'install sros2 (ros-jazzy-sros2) and source ROS 2' >&2; exit 1; }
	@ros2 security generate_artifacts -k '$(KEYSTORE)' -p config/sros2_policy.xml

test: lint  ## lint, then run the tests that take minutes; ARGS go to pytest
	@$(ENTER) && exec test/tiers.sh main_job $(ARGS)

test-all: lint  ## lint, then run all tests, a quarter of an hour
	@$(ENTER) && exec test/tiers.sh system $(ARGS)

bare:  ## try the README's commands in a minimal Debian, as root; SUITE=trixie for Debian 13
	@SUITE='$(SUITE)' test/bare.sh

chaos: setup  ## kill, cut off, flood and break a run at length (twenty minutes); ARGS="--only NAME"
	@$(ENTER) && cd test && ROS_PYTHON_CHECK_FIELDS=1 exec python -m chaos $(ARGS)

lint: setup  ## check style (ruff) and types (mypy)
	@$(ENTER) && ruff check && ruff format --check && mypy

format: setup  ## rewrite the sources in the project's style
	@$(ENTER) && ruff check --fix && ruff format

bench: setup  ## measure speed on this machine, beside SBX and others; ARGS=--quick takes less than two minutes
	@$(ENTER) && PYTHONPATH=setup:$$PYTHONPATH python benchmarks/peers_environment.py \
		&& exec python benchmarks $(ARGS)

bench-loop: setup  ## measure how punctual the control loop is beside a learner at full load
	@$(ENTER) && exec python benchmarks/bench_loop.py $(ARGS)

bench-monitoring: setup  ## measure what it costs loop and learner to be watched and recorded; twelve minutes, or ARGS=--quick
	@$(ENTER) && exec python benchmarks/bench_monitoring.py $(ARGS)

bench-arm: setup  ## drive the arm's twin by a policy in real time: ARGS="--checkpoint runs/NAME/checkpoints/latest --seconds 600"
	@$(ENTER) && exec python benchmarks/bench_arm.py $(ARGS)

bench-gpu:  ## check, then measure the learner's step on a GPU; needs torch with CUDA (PYTHON=...) and no set-up
	@PYTHONPATH=src/sac_core:src/sac_learner exec $(or $(PYTHON),python3) benchmarks/bench_gpu.py $(ARGS)

ENV ?= HalfCheetah-v5
STEPS ?= 20000
SEEDS ?= 0,1,2
PRESET ?= default
curves: setup  ## learning curves over seeds: ENV=, STEPS=, SEEDS=0,1,2, PRESET=default,sb3; continues where it was
	@$(ENTER) && $(if $(findstring sb3,$(PRESET)),PYTHONPATH=setup:$$PYTHONPATH python benchmarks/peers_environment.py &&) \
		exec python benchmarks/bench_curves.py --env '$(ENV)' --steps '$(STEPS)' --seeds '$(SEEDS)' \
		--presets '$(PRESET)' $(ARGS)

LOCK = $(or $(PYTHON),python3) -m venv build/lock && build/lock/bin/pip install --quiet uv==0.13.9 && \
	build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 \
	--annotation-style=line --custom-compile-command 'make $@'

lock:  ## resolve setup/requirements.in anew into setup/requirements.lock
	@$(LOCK) setup/requirements.in --output-file setup/requirements.lock
	@git --no-pager diff --stat setup/requirements.lock

bench-lock:  ## the same for what make bench compares with, benchmarks/requirements.in
	@$(LOCK) benchmarks/requirements.in --output-file benchmarks/requirements.lock
	@git --no-pager diff --stat benchmarks/requirements.lock

config: setup  ## write config/default.yaml and algorithm_*.yaml from the settings in the code
	@$(ENTER) && PYTHONPATH=docs/site:$$PYTHONPATH exec python -m parameter_files

docs: setup  ## build the documentation as a site, build/docs/html; broken links fail
	@$(ENTER) && PYTHONPATH=setup:$$PYTHONPATH exec python docs/site/build_site.py

docs-lock:  ## the same for what make docs builds with, docs/site/requirements.in
	@$(LOCK) docs/site/requirements.in --output-file docs/site/requirements.lock
	@git --no-pager diff --stat docs/site/requirements.lock

clean:  ## delete what setup made; runs/ stays
	rm -rf .venv .venv-bench .venv-docs docs/reference build install log src/sac_learner/sac_learner/algorithms/sac/native/_build
