# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The command sac: looks at runs, draws, evaluates, exports and inspects what they leave."""
