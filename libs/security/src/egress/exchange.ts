// One request and its answer on a pinned connection: byte caps before and after decompression, idle time, and an answer fully read.
import { request as httpRequest, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { rejected, type Timers } from '@kari/kernel';
import type { Target } from './target.rules.js';

export interface Exchange {
  readonly agent: Agent;
  readonly target: Target;
  readonly method: string;
  /** With `host`, `content-length` and the rest already in place. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly signal: AbortSignal;
  readonly timers: Timers;
  /** Without a byte moving. Default 10 s. */
  readonly idleMs?: number | undefined;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What came behind the body; over HTTP/2 alone. */
  readonly trailers?: IncomingHttpHeaders;
}

export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';
/** In base64 and with its headers an answer must fit into one frame of the broker. */
export const LARGEST_BODY = 640 * 1024;
const LARGEST_HEADERS = 32 * 1024;
const IDLE_MS = 10_000;

export function exchange(one: Exchange): Promise<ExchangeAnswer> {
  return watchingIdleness(one, async (signal, moved) => {
    const response = await send(one, signal);
    moved();
    const body = await read(one, response, moved);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  });
}

/** Ends the work when for too long it has not said that a byte moved. */
export async function watchingIdleness<T>(
  one: Pick<Exchange, 'signal' | 'timers' | 'idleMs' | 'target'>,
  work: (signal: AbortSignal, moved: () => void) => Promise<T>,
): Promise<T> {
  const idle = new AbortController();
  const milliseconds = one.idleMs ?? IDLE_MS;
  const watch = idleWatch(one.timers, milliseconds, () =>
    idle.abort(rejected('SECURITY_EGRESS_TIMEOUT', { host: one.target.host, phase: 'idle', milliseconds })),
  );
  const signal = AbortSignal.any([one.signal, idle.signal]);
  try {
    return await work(signal, watch.moved);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    watch.stop();
  }
}

function send({ agent, target, method, headers, body }: Exchange, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      agent,
      method,
      path: `${target.url.pathname}${target.url.search}`,
      headers,
      setHost: false,
      maxHeaderSize: LARGEST_HEADERS,
      insecureHTTPParser: false,
      signal,
    });
    request.once('response', resolve);
    request.once('error', reject);
    // An upgrade or a CONNECT would hand over a raw socket.
    request.once('upgrade', (_, socket) => {
      socket.destroy();
      reject(rejected('SECURITY_EGRESS_FAILED', { host: target.host, reason: 'the host tried to switch protocols' }));
    });
    request.end(body ?? undefined);
  });
}

async function read({ target: { host }, method }: Exchange, response: IncomingMessage, moved: () => void): Promise<Buffer> {
  let received = 0;
  response.on('data', (chunk: Buffer) => {
    moved();
    received += chunk.length;
    if (received > LARGEST_BODY) response.destroy(tooLarge(host));
  });
  // An answer without a body may still name an encoding.
  const bodiless = method === 'HEAD' || response.statusCode === 204 || response.statusCode === 304;
  const plain = bodiless ? response : decompressed(host, response);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      response.destroy();
      throw tooLarge(host);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decompressed(host: string, response: IncomingMessage): Readable {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decoder = decoderOf(encoding);
  if (decoder === null) return response;
  if (decoder === undefined) {
    response.destroy();
    throw rejected('SECURITY_EGRESS_ENCODING', { host, encoding: encoding.slice(0, 40) });
  }
  response.once('error', (error) => decoder.destroy(error));
  response.once('aborted', () => decoder.destroy(new Error('aborted')));
  return response.pipe(decoder);
}

function decoderOf(encoding: string) {
  switch (encoding) {
    case 'identity':
    case '':
      return null;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

export function tooLarge(host: string) {
  return rejected('SECURITY_EGRESS_TOO_LARGE', { host, part: 'answer', limit: LARGEST_BODY });
}

function idleWatch(timers: Timers, milliseconds: number, expire: () => void) {
  let timer = timers.after(milliseconds, expire);
  return {
    moved: () => {
      timer.cancel();
      timer = timers.after(milliseconds, expire);
    },
    stop: () => timer.cancel(),
  };
}
