// Refusals of configuration, secrets and the key-value store of extensions.
import type { CodeEntry } from './code.js';

export const dataCodes = {
  DATA_EXTENSION_NOT_INSTALLED: {
    kind: 'missing',
    message: '{extension} is not installed here, so it has nothing to configure.',
    next: 'Install {extension} first, or check its id.',
  },
  DATA_CONFIG_NOT_DECLARED: {
    kind: 'invalid',
    message: '{extension} {version} declares no configuration.',
    next: 'Nothing can be set; see the manifest of {extension}.',
  },
  DATA_CONFIG_INVALID: {
    kind: 'invalid',
    message: 'The configuration of {extension} {version} is not valid at {pointer}: {reason}.',
    next: 'Correct the value at {pointer}; the schema is in the manifest of {extension}.',
  },
  DATA_CONFIG_SECRET_IN_PLAIN: {
    kind: 'invalid',
    message: 'The field {pointer} of {extension} takes the name of a secret, and what was sent is none.',
    next: 'Set the secret with setSecret, then put its name here. If you sent the value itself, it was not stored.',
  },
  DATA_CONFIG_CHANGED: {
    kind: 'conflict',
    message: 'The configuration of {extension} is at revision {actual}, not {expected}: someone changed it meanwhile.',
    next: 'Read it again, apply your change and send it with the new revision.',
  },
  DATA_CONFIG_NO_REVISION: {
    kind: 'missing',
    message: 'The configuration of {extension} never had a revision {revision}; its newest is {newest}.',
    next: 'Choose one of configurationHistory.',
  },
  DATA_CONFIG_TOO_LARGE: {
    kind: 'limit',
    message: 'The configuration of {extension} takes {bytes} bytes; at most {limit} are kept.',
    next: 'Keep large data in the key-value store of the extension.',
  },
  DATA_SECRET_NOT_DECLARED: {
    kind: 'invalid',
    message: '{extension} {version} asks for no secret named {name}; it declares: {declared}.',
    next: 'Use one of the declared names, or a version of {extension} that declares {name}.',
  },
  DATA_SECRET_HOST_NOT_DECLARED: {
    kind: 'invalid',
    message: 'The secret {name} of {extension} cannot be bound to {host}: its manifest names only {declared}.',
    next: 'Bind it to hosts of the manifest only.',
  },
  DATA_SECRET_HOST_INVALID: {
    kind: 'invalid',
    message: 'The secret {name} cannot be bound to {host}: it is no host.',
    next: 'Give names like api.example or api.example:8443, without scheme and path.',
  },
  DATA_SECRET_VALUE_INVALID: {
    kind: 'invalid',
    message: 'The value of the secret {name} cannot be kept: {reason}.',
    next: 'Send 1 byte to 16 KiB of text without line breaks or control characters.',
  },
  DATA_SECRET_NOT_SET: {
    kind: 'missing',
    message: 'The secret {name} of {extension} has no value here.',
    next: 'An administrator of the tenant sets it with setSecret.',
  },
  DATA_SECRET_DENIED: {
    kind: 'denied',
    message: 'The secret {name} may not be used by {extension} for {host}: {reason}.',
    next: 'Check the grant of the secret and the hosts it is bound to.',
  },
  DATA_KV_DENIED: {
    kind: 'denied',
    message: '{extension} holds no grant for the key-value store.',
    next: "Declare permissions.kv in the manifest and have the tenant's operator consent to it.",
  },
  DATA_KV_QUOTA: {
    kind: 'limit',
    message: 'Storing {key} would take {needed} of {quota} bytes granted to {extension}; nothing was written.',
    next: 'Delete keys that are no longer needed, or ask for a larger quota in the manifest.',
  },
  DATA_KV_VALUE_TOO_LARGE: {
    kind: 'limit',
    message: 'The value of {key} takes {bytes} bytes as JSON; at most {limit} are stored under one key.',
    next: 'Split the value over several keys.',
  },
  DATA_KV_CONFLICT: {
    kind: 'conflict',
    message: '{key} is at version {actual}, not {expected}: another call wrote it meanwhile.',
    next: 'Read the key again, apply the change and write it with the new version.',
  },
} as const satisfies Record<string, CodeEntry>;
