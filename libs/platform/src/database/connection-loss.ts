// Tells a database that cannot be reached from one that says no: only the first is `Unavailable` and worth another try.
import { Unavailable } from '@kari/kernel';

const SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // No file descriptor left for a connection.
  'EMFILE',
  'ENFILE',
]);
// Shutting down, starting up, killed by an operator; too many connections; out of memory or disk; a standby after a failover; and the two
// ways in which PostgreSQL asks for the whole transaction again.
const STATES = new Set(['57P01', '57P02', '57P03', '53300', '53200', '53100', '25006', '40001', '40P01']);
// The last two are TypeORM's, whose reader goes on after its connection was lost under it.
const WORDS =
  /^Connection terminated|timeout exceeded when trying to connect|^Client has encountered a connection error|^timeout expired|Cannot use a pool after calling end|^Query runner already released|^Database connection provided by a query runner was already released/;

export function isConnectionLoss(error: unknown): boolean {
  // By its fields, not its class: TypeORM wraps the driver's error, a failed connect to several addresses is an aggregate.
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, driverError, errors } = error as { code?: unknown; message?: unknown; driverError?: unknown; errors?: unknown };
  if (typeof code === 'string' && (SOCKET.has(code) || STATES.has(code) || code.startsWith('08'))) return true;
  if (typeof message === 'string' && WORDS.test(message)) return true;
  if (driverError !== error && isConnectionLoss(driverError)) return true;
  return Array.isArray(errors) && errors.some(isConnectionLoss);
}

/** The same error, or `Unavailable` in its place when the database was out of reach. */
export function typed(error: unknown): unknown {
  if (!isConnectionLoss(error)) return error;
  return new Unavailable('the database cannot be reached', true, { cause: error });
}

export async function reachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw typed(error);
  }
}
