// Refusals of the log of record and of what stands beside it: keys, blobs, the bus.
import type { CodeEntry } from './code.js';

export const eventCodes = {
  EVENT_STREAM_PERMANENT: {
    kind: 'denied',
    message: 'The history of {category} is permanent: {stream} can be neither truncated nor deleted.',
    next: 'Append an event that corrects the state instead.',
  },
  EVENT_STREAM_UNSUMMARISED: {
    kind: 'denied',
    message: 'The stream {stream} cannot be truncated before {revision}: no {wanted} stands there.',
    next: 'Append the summary first, and truncate before it.',
  },
  EVENT_SUBJECT_ERASED: {
    kind: 'conflict',
    message: 'The person {subject} was erased: nothing personal can be stored about them any more.',
    next: 'Create a new subject if the person has come back.',
  },
  EVENT_SEAL_BROKEN: {
    kind: 'failed',
    message: 'A protected value of {owner} cannot be opened: it was changed, it belongs elsewhere, or its key is gone.',
    next: 'Set the value again, or restore the keys from a backup.',
  },
  EVENT_MASTER_KEY_INVALID: {
    kind: 'failed',
    message: 'The master key cannot be used: {reason}.',
    next: 'Set KARI_MASTER_KEY to 32 random bytes in base64, or repair the key file named above.',
  },
  EVENT_BLOB_MISSING: {
    kind: 'missing',
    message: 'The content {blob} is not in the blob store.',
    next: 'Restore it from a backup, or upload it again.',
  },
  EVENT_BLOB_DAMAGED: {
    kind: 'failed',
    message: 'The content {blob} is damaged: {reason}. It was not used.',
    next: 'Restore it from a backup, or upload it again: a good copy replaces the damaged one.',
  },
} as const satisfies Record<string, CodeEntry>;
