// What a failed statement means for the caller: try the same again, give up for now, or give up for good.
import { Unavailable } from '@kari/kernel';

export type Failure = 'retry' | 'unavailable' | 'defect';

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT']);
// admin_shutdown, crash_shutdown, cannot_connect_now, query_canceled, too_many_connections, serialization_failure, deadlock_detected,
// lock_not_available; and unique_violation: another batch brought the same event id, which the next try will find and answer
const PASSING = new Set(['57P01', '57P02', '57P03', '57014', '53300', '40001', '40P01', '55P03', '23505']);
// out of file descriptors, in this process and in the whole system: no connection can be made until some are given back
const EXHAUSTED = new Set(['EMFILE', 'ENFILE']);
// disk_full, out_of_memory, configuration_limit, io_error, read_only_sql_transaction: no use hammering
const STANDING = new Set(['53100', '53200', '53400', '58030', '25006', '53000']);
const CONNECTION_WORDS =
  /connection terminated|connection error|not queryable|read timeout|timeout exceeded when trying to connect|client was closed/i;

export function failureOf(error: unknown): Failure {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') {
    if (NETWORK.has(code) || PASSING.has(code) || code.startsWith('08')) return 'retry';
    if (STANDING.has(code) || EXHAUSTED.has(code)) return 'unavailable';
    return 'defect';
  }
  const message = error instanceof Error ? error.message : '';
  if (CONNECTION_WORDS.test(message)) return 'retry';
  return /pool after calling end/i.test(message) ? 'unavailable' : 'defect';
}

/** Any database failure as the kernel's word for it; other errors (a rejection, a defect of ours) stay what they are. */
export function asUnavailable(error: unknown): Error {
  if (error instanceof Unavailable) return error;
  const failure = failureOf(error);
  if (failure !== 'defect') return new Unavailable('the event store cannot be reached', true, { cause: error });
  const fromDatabase = typeof (error as { severity?: unknown } | null)?.severity === 'string';
  if (fromDatabase) return new Unavailable('the event store failed', false, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
