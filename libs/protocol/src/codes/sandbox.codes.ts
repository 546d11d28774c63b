// Refusals of the sandbox and the capability broker.
import type { CodeEntry } from './code.js';

export const sandboxCodes = {
  SANDBOX_NOT_INSTALLED: {
    kind: 'missing',
    message: '{extension} is not installed in this tenant.',
    next: 'Install it, then try again.',
  },
  SANDBOX_NOT_ENABLED: {
    kind: 'conflict',
    message: '{extension} is {status} in this tenant, so it has no sandbox.',
    next: 'Enable it, then try again.',
  },
  SANDBOX_NO_CANDIDATE: {
    kind: 'unavailable',
    message: 'No version of {extension} is on trial in this tenant now.',
    next: 'Ask for the upgrade again.',
  },
  SANDBOX_TENANT_INACTIVE: {
    kind: 'denied',
    message: 'The tenant is {status}; its extensions do not run.',
    next: 'Ask a platform operator to resume the tenant.',
  },
  SANDBOX_LEVEL_TOO_LOW: {
    kind: 'denied',
    message: '{extension} is {trust} code and needs isolation level {needed}; this host reaches {reached}: {reason}.',
    next: 'Give the host what it lacks and run the self-test again, or let a platform operator lower the level of {trust} code.',
  },
  SANDBOX_QUARANTINED: {
    kind: 'unavailable',
    message: '{extension} is in quarantine: {reason}.',
    next: 'Look at its log, then release the sandbox or install a corrected version.',
  },
  SANDBOX_BACKING_OFF: {
    kind: 'unavailable',
    message: '{extension} crashed and is started again in {milliseconds} ms.',
    next: 'Try again then.',
  },
  SANDBOX_START_FAILED: {
    kind: 'failed',
    message: 'The sandbox could not be started: {reason}.',
    next: 'Look at the log of the extension and at the self-test of the host.',
  },
  SANDBOX_CRASHED: {
    kind: 'failed',
    message: 'The sandbox of {extension} ended during the call: {reason}.',
    next: 'It is started again on the next call; look at its log for the cause.',
  },
  SANDBOX_STOPPED: {
    kind: 'unavailable',
    message: 'The sandbox of {extension} was stopped during the call: {reason}.',
    next: 'Try again when the extension is enabled.',
  },
  SANDBOX_HANDLER_MISSING: {
    kind: 'invalid',
    message: 'The bundle of {extension} lacks {handlers}, which its manifest declares.',
    next: 'Correct the bundle or the manifest and publish a new version.',
  },
  SANDBOX_HANDLER_UNDECLARED: {
    kind: 'invalid',
    message: 'The bundle of {extension} has {handlers}, which its manifest does not declare.',
    next: 'Declare it in the manifest, or take it out of the code, and publish a new version.',
  },
  SANDBOX_PROTOCOL_MISMATCH: {
    kind: 'invalid',
    message: 'The bundle of {extension} speaks protocol {theirs}, this host {ours}.',
    next: 'Build the extension with an SDK of this release.',
  },
  SANDBOX_BUNDLE_CHANGED: {
    kind: 'denied',
    message: 'What would run is not what was registered: {file}, {reason}.',
    next: 'Find out who changed it, then register the package again.',
  },
  SANDBOX_BUNDLE_TOO_LARGE: {
    kind: 'limit',
    message: 'The bundle has {bytes} bytes; its resource class allows {limit}.',
    next: 'Make the bundle smaller, or ask for a larger resource class in the manifest.',
  },
  SANDBOX_FOLDER_UNSAFE: {
    kind: 'failed',
    message: 'The folder {folder} does not belong to the platform alone.',
    next: 'Remove it, or give it to the user that runs the platform.',
  },
  SANDBOX_DEADLINE: {
    kind: 'deadline',
    message: '{extension} did not answer {handler} within {milliseconds} ms.',
    next: 'Allow more time, up to the limit of its resource class, or look at why it is slow.',
  },
  SANDBOX_CANCELLED: { kind: 'cancelled', message: 'The call was taken back.', next: 'Nothing; this was asked for.' },
  SANDBOX_BUSY: {
    kind: 'unavailable',
    message: '{extension} has {waiting} calls waiting already.',
    next: 'Try again in a moment, and send fewer calls at once.',
  },
  SANDBOX_DEPTH: {
    kind: 'limit',
    message: 'Calls are nested more than {limit} deep.',
    next: 'Break the circle: a plugin must not reach itself through others.',
  },
  SANDBOX_NO_HANDLER: {
    kind: 'missing',
    message: '{extension} has no handler {handler}.',
    next: 'Check the name against the manifest.',
  },
  SANDBOX_INPUT_UNSENDABLE: {
    kind: 'invalid',
    message: 'The input cannot be sent into a sandbox: {reason}.',
    next: 'Send plain JSON below 1 MiB, nested no deeper than 64 levels.',
  },
  SANDBOX_TOO_MANY: {
    kind: 'limit',
    message: 'This host runs {count} sandboxes already and none of them is idle.',
    next: 'Try again in a moment, or raise the limit.',
  },
  SANDBOX_HOST_STOPPING: { kind: 'unavailable', message: 'The host is shutting down.', next: 'Try again in a moment.' },
  SANDBOX_UNVERIFIED: {
    kind: 'unavailable',
    message: 'No isolation level is proven on this host: {reason}.',
    next: 'Run the self-test; no extension starts before it has passed.',
  },
  SANDBOX_NOT_QUARANTINED: {
    kind: 'conflict',
    message: 'The sandbox of {extension} is not in quarantine; it is {status}.',
    next: 'Nothing needs to be released.',
  },
  SANDBOX_NEVER_STARTED: {
    kind: 'missing',
    message: '{extension} has no sandbox in this tenant yet.',
    next: 'It is made on first use.',
  },
  SANDBOX_CAPABILITY_DENIED: {
    kind: 'denied',
    message: '{extension} may not {method}: {why}.',
    next: 'Declare it in the manifest and let an operator of the tenant grant it.',
  },
  SANDBOX_CALL_INVALID: {
    kind: 'invalid',
    message: 'The parameters of {method} are not valid: {reason}.',
    next: 'Correct the named field.',
  },
  SANDBOX_AUDIT_UNAVAILABLE: {
    kind: 'unavailable',
    message: '{method} cannot be recorded in the audit trail, so it is not done.',
    next: 'Try again in a moment.',
  },
} as const satisfies Record<string, CodeEntry>;
