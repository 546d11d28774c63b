// The id of a log line, as a caller gives it back to resume behind it.
import { rejected } from '@kari/kernel';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Throws REQUEST_INVALID for anything else. */
export function lineId(text: string): string {
  if (!UUID.test(text)) throw rejected('REQUEST_INVALID', { operation: 'logWritten', reason: '"after" is not the id of a line' });
  return text.toLowerCase();
}
