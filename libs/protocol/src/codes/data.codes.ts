// Refusals of configuration, secrets, the key-value store and the tables of extensions.
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
  DATA_LAYOUT_INVALID: {
    kind: 'invalid',
    message: 'The tables of {extension} cannot be made: {reason} ({pointer}).',
    next: '{cure}',
  },
  DATA_LAYOUT_NARROWS: {
    kind: 'conflict',
    message: 'The tables of {extension} cannot become what this version declares: {reason} ({pointer}).',
    next: '{cure}',
  },
  DATA_LAYOUT_VERSION: {
    kind: 'conflict',
    message: 'The tables of {extension} do not follow the ones that are there: {reason} ({pointer}).',
    next: '{cure}',
  },
  DATA_LAYOUT_UNSERVED: {
    kind: 'invalid',
    message: 'The tables of {extension} ask for what this platform does not serve yet: {reason} ({pointer}).',
    next: '{cure}',
  },
  DATA_MIGRATION_FAILED: {
    kind: 'conflict',
    message: 'The tables of {extension} cannot be brought to the new layout at {step}: {reason}.',
    next: 'Correct those rows with the version that serves, or drop the rule from the new version; then upgrade again.',
  },
  DATA_TABLES_BUSY: {
    kind: 'unavailable',
    message: 'The tables of {extension} are being changed, or used by a call that does not end.',
    next: 'Try again in some seconds.',
  },
  DATA_TABLES_MISSING: {
    kind: 'missing',
    message: '{extension} {version} has no tables here.',
    next: 'They are made when a version that declares data is installed or upgraded to; install it again, or upgrade.',
  },
  DATA_COLLECTION_UNKNOWN: {
    kind: 'invalid',
    message: '{extension} declares no collection {collection}; it declares: {known}.',
    next: 'Name one of them, or declare it in data.collections and raise data.version.',
  },
  DATA_FIELD_UNKNOWN: {
    kind: 'invalid',
    message: 'The collection {collection} has no field {field}; it has: {known}.',
    next: 'Name one of them. id, version, created_at, updated_at and owner are read, never written.',
  },
  DATA_VALUE_INVALID: {
    kind: 'invalid',
    message: 'The field {field} of {collection} cannot hold this value: {reason}.',
    next: 'Send a value that fits what the manifest declares; nothing was written.',
  },
  DATA_ROW_TOO_LARGE: {
    kind: 'limit',
    message: 'The row of {collection} takes {bytes} bytes as JSON; at most {limit} are stored.',
    next: 'Split it over several rows.',
  },
  DATA_ROW_MISSING: {
    kind: 'missing',
    message: '{collection} has no row {id} that this caller may see.',
    next: 'It was deleted, or belongs to another user. Insert it, or leave it.',
  },
  DATA_ROW_CONFLICT: {
    kind: 'conflict',
    message: 'The row {id} of {collection} is at version {actual}, not {expected}: another call wrote it meanwhile.',
    next: 'Read the row again, apply the change and write it with the new version.',
  },
  DATA_NOT_UNIQUE: {
    kind: 'conflict',
    message: 'Another row of {collection} has the same {fields}.',
    next: 'Change the value, or update the row that has it.',
  },
  DATA_REFERENCE_MISSING: {
    kind: 'conflict',
    message: 'The field {field} of {collection} points to a row that is not there.',
    next: 'Insert that row first; both can be part of one write.',
  },
  DATA_STILL_REFERENCED: {
    kind: 'conflict',
    message: 'Rows of the extension still point to this row of {collection}, or one of a version on trial does.',
    next: 'Delete or change those rows first; both can be part of one write.',
  },
  DATA_QUERY_INVALID: {
    kind: 'invalid',
    message: 'The query is not valid at {pointer}: {reason}.',
    next: 'Correct it there.',
  },
  DATA_QUERY_DEADLINE: {
    kind: 'deadline',
    message: 'The query took longer than it may.',
    next: 'Ask for fewer rows, or declare an index for what is searched by.',
  },
  DATA_TABLES_QUOTA: {
    kind: 'limit',
    message: 'With this write {collection} would take {needed} of {quota} {what} that {extension} has; nothing was written.',
    next: 'Delete rows that are no longer needed. The rows of a collection are set in the manifest, the bytes by the operator (KARI_TABLE_BYTES).',
  },
  DATA_NO_USER: {
    kind: 'denied',
    message: 'Rows of {collection} belong to a user, and this call is made for none.',
    next: 'Insert them in a call that a user set in motion.',
  },
} as const satisfies Record<string, CodeEntry>;
