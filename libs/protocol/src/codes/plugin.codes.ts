// Refusals of calling plugins: finding one, its contract, its own errors, and the chain of calls it is part of.
import type { CodeEntry } from './code.js';

export const pluginCodes = {
  PLUGIN_REFERENCE_INVALID: {
    kind: 'invalid',
    message: '"{plugin}" does not name a plugin: {reason}.',
    next: 'Write [<publisher>.<name>/]<noun>.<verb>[@<major>], such as time.now@1 or kari.core/time.now@1.',
  },
  PLUGIN_NOT_FOUND: {
    kind: 'missing',
    message: 'No installed extension of this tenant provides {plugin}. Plugins with a similar name: {similar}.',
    next: 'Install and enable an extension that provides {intent}, or call one of the listed plugins.',
  },
  PLUGIN_NOT_ENABLED: {
    kind: 'missing',
    message: '{plugin} is provided by {candidates}, which is installed but not enabled.',
    next: 'Enable {candidates}, or name another extension.',
  },
  PLUGIN_CONTRACT_MISMATCH: {
    kind: 'missing',
    message: '{plugin} asks for contract {range}; this tenant has {candidates}.',
    next: 'Upgrade the extension that provides it, or call a version that is there.',
  },
  PLUGIN_AMBIGUOUS: {
    kind: 'conflict',
    message: '{plugin} is provided by more than one enabled extension: {candidates}.',
    next: 'Name the extension: write <extension>/{intent}.',
  },
  PLUGIN_NOT_PERMITTED: {
    kind: 'denied',
    message: '{extension} may not call {plugin}: no granted permission of its manifest covers {candidates}.',
    next: "Declare it under permissions.plugins and have the tenant's operator consent to it.",
  },
  PLUGIN_INPUT_INVALID: {
    kind: 'invalid',
    message: 'The input of {plugin} breaks its contract at {pointer}: {reason}.',
    next: 'Correct the input; the contract and examples are in the catalogue of plugins.',
  },
  PLUGIN_OUTPUT_INVALID: {
    kind: 'failed',
    message: '{extension} {version} broke its own contract: the output of {plugin} is wrong at {pointer}: {reason}.',
    next: 'Report it to the author of {extension}; nothing of that output was passed on.',
  },
  PLUGIN_CONTRACT_UNUSABLE: {
    kind: 'failed',
    message: 'The {side} schema of {plugin} in {extension} cannot be used: {reason}.',
    next: 'Report it to the author of {extension}; the schema must follow the closed profile of the guide.',
  },
  PLUGIN_FAILED: {
    kind: 'failed',
    message: '{plugin} of {extension} answered with its error {code}: {message}.',
    next: 'See the errors of the contract in the catalogue of plugins for what {code} asks of you.',
  },
  PLUGIN_DEPTH_EXCEEDED: {
    kind: 'limit',
    message: 'Calling {plugin} would be call {depth} of one chain; at most {limit} may stand above a call.',
    next: 'Look for plugins that call each other in a circle.',
  },
  PLUGIN_DEADLINE: {
    kind: 'deadline',
    message: '{plugin} did not answer within the {milliseconds} ms left to its chain of calls.',
    next: 'Give the chain a longer deadline, or ask the plugin for less.',
  },
  PLUGIN_TIMEOUT: {
    kind: 'deadline',
    message: '{plugin} did not answer within its own {milliseconds} ms.',
    next: 'Raise timeoutMs of the step, or give it a fallback.',
  },
  PLUGIN_CANCELLED: {
    kind: 'cancelled',
    message: 'The call of {plugin} was cancelled: {reason}.',
    next: 'Nothing to do if you cancelled it yourself; otherwise see what failed beside it.',
  },
  PLUGIN_RETRY_UNSAFE: {
    kind: 'invalid',
    message: '{plugin} is not idempotent and the call carries no idempotency key, so it may not be repeated.',
    next: 'Leave out retry, or send an idempotencyKey that names the effect.',
  },
  PLUGIN_STEPS_INVALID: {
    kind: 'invalid',
    message: 'Step {step} cannot be run: {reason}.',
    next: 'Correct the step and send the run again; nothing was called.',
  },
  PLUGIN_STEP_INPUT_MISSING: {
    kind: 'invalid',
    message: 'Step {step} takes its input from {pointer}, where there is nothing.',
    next: 'Check the output of the step it points at, or give that step a fallback.',
  },
  PLUGIN_STEP_FAILED: {
    kind: 'failed',
    message: 'Step {step} ({plugin}) failed with {code}: {reason}.',
    next: 'Correct what the step names, give it a fallback, or let the run go on with onError: continue.',
  },
} as const satisfies Record<string, CodeEntry>;
