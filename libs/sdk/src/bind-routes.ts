// Between the wire and a route's handler: content comes small in the call or large as a stream, and leaves the same way.
import type { RouteAnswer, RouteCall, RouteContent, RunnerHost } from '@kari/protocol/broker';
import { fromBase64, toBase64 } from './http.js';
import { Reply, RouteError, type RouteRequest } from './routes.js';

type Streams = NonNullable<RunnerHost['streams']>;

/** As in the protocol; a copy, because a bundle carries no run-time part of it. */
const INLINE_BYTES = 192 * 1024;

export async function routeAnswer(
  call: RouteCall,
  handle: (request: RouteRequest) => unknown,
  streams: Streams | undefined,
): Promise<RouteAnswer> {
  try {
    return await answerOf(await handle(await requestOf(call, streams)), streams);
  } catch (error) {
    if (!(error instanceof RouteError)) throw error;
    const { status, code, message, headers } = error;
    return { status, headers: { ...headers }, problem: { code, message } };
  }
}

async function requestOf({ content, bodyType, ...call }: RouteCall, streams: Streams | undefined): Promise<RouteRequest> {
  return { ...call, body: content === undefined ? undefined : await bodyOf(content, bodyType, streams) };
}

async function bodyOf(content: RouteContent, bodyType: RouteCall['bodyType'], streams: Streams | undefined): Promise<unknown> {
  if (content.kind === 'value') return content.value;
  if (content.kind === 'bytes') return fromBase64(content.base64);
  const bytes = await collected(demanded(streams).read(content.stream));
  return bodyType === 'bytes' ? bytes : (JSON.parse(new TextDecoder().decode(bytes)) as unknown);
}

async function answerOf(result: unknown, streams: Streams | undefined): Promise<RouteAnswer> {
  const { body, options } = result instanceof Reply ? result : { body: result === undefined ? null : result, options: {} };
  const { status = 200, headers = {} } = options;
  if (body === undefined) return { status, headers: { ...headers } };
  return { status, headers: { ...headers }, content: await contentOf(body, streams) };
}

async function contentOf(body: unknown, streams: Streams | undefined): Promise<RouteContent> {
  const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body));
  if (bytes.length <= INLINE_BYTES || streams === undefined)
    return body instanceof Uint8Array ? { kind: 'bytes', base64: toBase64(body) } : { kind: 'value', value: body };
  const stream = streams.open();
  // Sent once the host has the answer and reads; when it does not, it takes the stream back.
  stream
    .write(bytes)
    .then(() => stream.end())
    .catch(() => undefined);
  return { kind: 'stream', stream: stream.id };
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function demanded(streams: Streams | undefined): Streams {
  if (streams === undefined) throw new Error('large bodies need streams, and this host has none');
  return streams;
}
