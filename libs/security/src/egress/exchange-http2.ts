// One request and its answer over HTTP/2, on a connection that is opened for it and ends with it: as gRPC needs it, with what trails the body.
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import { LARGEST_BODY, tooLarge, watchingIdleness, type Exchange, type ExchangeAnswer } from './exchange.js';

const LARGEST_HEADERS = 32 * 1024;
const STREAM_WINDOW = 1024 * 1024;
/** Headers of the connection, which HTTP/2 has no place for. */
const OF_CONNECTIONS = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'accept-encoding', 'upgrade']);

export type Http2Exchange = Omit<Exchange, 'agent'> & { readonly socket: Duplex };

export function exchangeOverHttp2(one: Http2Exchange): Promise<ExchangeAnswer> {
  return watchingIdleness(one, async (signal, moved) => {
    const session = connect(one.target.url.origin, {
      createConnection: () => one.socket,
      maxSessionMemory: 4,
      settings: { enablePush: false, maxHeaderListSize: LARGEST_HEADERS, initialWindowSize: STREAM_WINDOW },
    });
    try {
      return await answerOn(session, one, signal, moved);
    } finally {
      session.destroy();
      one.socket.destroy();
    }
  });
}

function answerOn(session: ClientHttp2Session, one: Http2Exchange, signal: AbortSignal, moved: () => void): Promise<ExchangeAnswer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    session.once('close', () => reject(brokenOff()));
    const stream = session.request(headersOf(one), { endStream: one.body === null, signal });
    if (one.body !== null) stream.end(one.body);
    const answer = { status: 0, headers: {} as IncomingHttpHeaders, trailers: {} as IncomingHttpHeaders, chunks: [] as Buffer[], size: 0 };
    stream.on('response', (headers) => {
      moved();
      answer.status = Number(headers[constants.HTTP2_HEADER_STATUS] ?? 0);
      answer.headers = plain(headers);
    });
    stream.on('trailers', (trailers) => (answer.trailers = plain(trailers)));
    stream.on('data', (chunk: Buffer) => {
      moved();
      answer.size += chunk.length;
      if (answer.size > LARGEST_BODY) return refuse(stream, reject, tooLarge(one.target.host));
      answer.chunks.push(chunk);
    });
    stream.on('error', reject);
    stream.once('end', () => {
      const { status, headers, trailers, chunks } = answer;
      // A connection that breaks off ends the stream as well: half an answer must not pass for a whole one.
      if (status === 0 || stream.rstCode !== constants.NGHTTP2_NO_ERROR) reject(brokenOff());
      else resolve({ status, headers, trailers, body: Buffer.concat(chunks) });
    });
  });
}

function brokenOff(): Error {
  return Object.assign(new Error('the connection closed'), { code: 'ECONNRESET' });
}

function refuse(stream: ClientHttp2Stream, reject: (error: unknown) => void, refusal: Error): void {
  reject(refusal);
  stream.close(constants.NGHTTP2_CANCEL);
}

function headersOf({ target, method, headers }: Http2Exchange): Record<string, string> {
  const sent = Object.entries(headers).filter(([name]) => !OF_CONNECTIONS.has(name));
  return {
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_SCHEME]: target.scheme,
    [constants.HTTP2_HEADER_AUTHORITY]: target.url.host,
    [constants.HTTP2_HEADER_PATH]: `${target.url.pathname}${target.url.search}`,
    ...Object.fromEntries(sent),
    // What gRPC says with its trailers comes only to who asks for them.
    te: 'trailers',
  };
}

/** Without the fields that HTTP/2 puts before its headers. */
function plain(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}
