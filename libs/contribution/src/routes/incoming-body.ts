// Reads the bytes of a request within limits of size and time. Nothing of it touches a disk, and nothing of its content is believed.
import type { IncomingMessage } from 'node:http';
import { rejected, type Timers } from '@kari/kernel';

const BODY_WITHIN_SECONDS = 15;

export interface BodyReading {
  readonly limit: number;
  /** In refusals. */
  readonly route: string;
  /** Aborts when the caller has left. */
  readonly signal: AbortSignal;
}

/** Whether the request says that a body follows. */
export function announcesBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Throws `Rejection` REQUEST_TOO_LARGE (before a byte is read, where the length is told), CONTRIBUTION_ROUTE_BODY_SLOW, SANDBOX_CANCELLED. */
export async function readBody(request: IncomingMessage, timers: Timers, { limit, route, signal }: BodyReading): Promise<Buffer> {
  const tooLarge = () => rejected('REQUEST_TOO_LARGE', { limit });
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      timer.cancel();
      signal.removeEventListener('abort', leave);
      request.off('data', take).off('end', end).off('error', leave).off('close', leave);
      act();
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else settle(() => reject(tooLarge()));
    };
    const end = () => settle(() => resolve(Buffer.concat(chunks, size)));
    const leave = () => settle(() => reject(rejected('SANDBOX_CANCELLED')));
    const timer = timers.after(BODY_WITHIN_SECONDS * 1_000, () =>
      settle(() => reject(rejected('CONTRIBUTION_ROUTE_BODY_SLOW', { route, seconds: BODY_WITHIN_SECONDS }))),
    );
    signal.addEventListener('abort', leave, { once: true });
    request.on('data', take).on('end', end).on('error', leave).on('close', leave);
  });
}
