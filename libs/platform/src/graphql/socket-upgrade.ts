// Whether a request may become a WebSocket at all: the path, the page it comes from, and how many there are already.
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { rejected, type Rejection } from '@kari/kernel';
import { refusalBody } from '@kari/platform/http';
import { wording } from '@kari/protocol';

/** Null when it may. Programs send no `Origin`; browsers always do, and a page from elsewhere must not speak with this server. */
export function originRefusal(request: IncomingMessage, allowed: readonly string[]): Rejection | null {
  const { origin, host } = request.headers;
  if (origin === undefined) return null;
  const given = originOf(origin);
  if (given !== null && (given.host === host?.toLowerCase() || allowed.some((one) => originOf(one)?.origin === given.origin))) return null;
  return rejected('REQUEST_ORIGIN', { origin: origin.slice(0, 200) });
}

/** Answers an upgrade with an ordinary HTTP refusal and ends its connection. */
export function refuseUpgrade(socket: Duplex, refusal: Rejection): void {
  const { http } = wording(refusal.code, refusal.facts);
  const body = JSON.stringify(refusalBody(refusal));
  socket.end(
    [
      `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? 'Refused'}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function originOf(text: string): URL | null {
  if (!/^https?:\/\/[^/]+$/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}
