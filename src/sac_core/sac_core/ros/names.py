# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Names of topics and services. Relative, so that a namespace serves for a second robot."""

OBSERVATION = 'observation'
COMMAND = 'command'
TRANSITIONS = 'transitions'
TRANSITION_ACK = 'transition_ack'
POLICY_WEIGHTS = 'policy_weights'
ENV_SPEC = 'env_spec'
EPISODE = 'episode'
ACTOR_STATUS = 'actor/status'
LEARNER_STATUS = 'learner/status'
EMERGENCY_STOP = 'emergency_stop'
INTERVENTION = 'intervention'
JOY = 'joy'
DIAGNOSTICS = '/diagnostics'  # absolute by convention: one topic for the whole system

HOLD_SERVICE = '~/hold'  # std_srvs/SetBool on the actor
PAUSE_SERVICE = '~/pause'  # std_srvs/SetBool on the actor: storing, and on the learner: training
EVALUATE_SERVICE = '~/evaluate'  # std_srvs/Trigger on the actor
SAVE_CHECKPOINT_SERVICE = '~/save_checkpoint'  # std_srvs/Trigger on the learner
RESET_SERVICE = '~/reset'  # std_srvs/Trigger on actor and bridge
