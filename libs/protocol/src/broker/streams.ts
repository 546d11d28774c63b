// Large bodies in chunks, both ways, each chunk sent only against credit that the reader gave: a slow reader slows the writer, never the
// pipe. A stream has one writer; its id is odd when the extension opened it, even when the host did.
import { fromBase64, toBase64 } from './base64.js';
import { asBrokerError, BrokerError, isBrokerErrorCode, ProtocolFault } from './errors.js';
import { streamLimits } from './limits.js';
import type { IncomingStream, OutgoingStream } from './seam.js';

export const streamMethods = ['stream.open', 'stream.chunk', 'stream.end', 'stream.abort', 'stream.credit'] as const;
export type StreamMethod = (typeof streamMethods)[number];

export function isStreamMethod(method: string): method is StreamMethod {
  return (streamMethods as readonly string[]).includes(method);
}

type Notify = (method: StreamMethod, params: Readonly<Record<string, unknown>>) => void;

export class Streams {
  private readonly writers = new Map<number, Writer>();
  private readonly readers = new Map<number, Reader>();
  private readonly seen: { highest: number };
  private nextId: number;

  constructor(
    private readonly side: 'host' | 'extension',
    private readonly notify: Notify,
  ) {
    this.nextId = side === 'host' ? 2 : 1;
    this.seen = { highest: 0 };
  }

  open(): OutgoingStream {
    if (this.writers.size >= streamLimits.open) throw new BrokerError('LIMIT', `More than ${streamLimits.open} streams are open.`);
    const id = this.nextId;
    this.nextId += 2;
    const writer = new Writer(id, this.notify, () => this.writers.delete(id));
    this.writers.set(id, writer);
    this.notify('stream.open', { stream: id });
    return writer;
  }

  /** The stream that the other side opened under that id; throws `BrokerError` INVALID when there is none to read. */
  read(id: number): IncomingStream {
    const reader = this.readers.get(id);
    if (reader === undefined || reader.taken) throw new BrokerError('INVALID', `There is no stream ${id} to read.`);
    reader.start();
    return reader;
  }

  /** Takes a `stream.*` notification; throws `ProtocolFault` when the other side broke the rules. */
  receive(method: StreamMethod, params: unknown): void {
    if (typeof params !== 'object' || params === null) throw fault('no parameters');
    const message = params as Readonly<Record<string, unknown>>;
    const id = message['stream'];
    if (!Number.isSafeInteger(id) || (id as number) < 1) throw fault('no stream id');
    const stream = id as number;
    switch (method) {
      case 'stream.open':
        return this.opened(stream);
      case 'stream.chunk':
        return this.reader(stream).push(message['data']);
      case 'stream.end':
        this.reader(stream).finish(null);
        this.readers.delete(stream);
        return;
      case 'stream.abort':
        return this.aborted(stream, message);
      case 'stream.credit':
        return this.credited(stream, message['bytes']);
    }
  }

  /** Both ends of every stream fail with the error. */
  end(error: Error): void {
    for (const reader of this.readers.values()) reader.finish(error);
    for (const writer of [...this.writers.values()]) writer.fail(error);
    this.readers.clear();
    this.writers.clear();
  }

  private opened(stream: number): void {
    const theirs = this.side === 'host' ? 1 : 0;
    if (stream % 2 !== theirs || stream <= this.seen.highest) throw fault(`stream ${stream} cannot be opened`);
    if (this.readers.size >= streamLimits.open) throw fault(`more than ${streamLimits.open} streams`);
    this.seen.highest = stream;
    this.readers.set(stream, new Reader(stream, this.notify, () => this.readers.delete(stream)));
  }

  private reader(stream: number): Reader {
    const reader = this.readers.get(stream);
    if (reader !== undefined) return reader;
    // A chunk may cross our own abort on the way; anything else was never open.
    if (stream <= this.seen.highest && stream % 2 === (this.side === 'host' ? 1 : 0)) return DEAF;
    throw fault(`stream ${stream} is not open`);
  }

  private aborted(stream: number, message: Readonly<Record<string, unknown>>): void {
    const code = isBrokerErrorCode(message['code']) ? message['code'] : 'CANCELLED';
    const error = new BrokerError(code, typeof message['message'] === 'string' ? message['message'] : 'The stream was aborted.');
    const writer = this.writers.get(stream);
    if (writer !== undefined) return writer.fail(error);
    this.readers.get(stream)?.finish(error);
    this.readers.delete(stream);
  }

  private credited(stream: number, bytes: unknown): void {
    if (!Number.isSafeInteger(bytes) || (bytes as number) < 1 || (bytes as number) > streamLimits.windowBytes) throw fault('credit');
    const own = stream < this.nextId && stream % 2 === this.nextId % 2;
    if (!own) throw fault(`credit for foreign stream ${stream}`);
    this.writers.get(stream)?.credit(bytes as number);
  }
}

class Writer implements OutgoingStream {
  private available = 0;
  private failure: Error | null = null;
  private ended = false;
  private wake: (() => void) | null = null;

  constructor(
    readonly id: number,
    private readonly notify: Notify,
    private readonly forget: () => void,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length;) {
      while (this.available === 0 && this.failure === null) await new Promise<void>((resolve) => (this.wake = resolve));
      if (this.failure !== null) throw this.failure;
      if (this.ended) throw new BrokerError('INVALID', `Stream ${this.id} has ended.`);
      const size = Math.min(bytes.length - start, streamLimits.chunkBytes, this.available);
      this.available -= size;
      this.notify('stream.chunk', { stream: this.id, data: toBase64(bytes.subarray(start, start + size)) });
      start += size;
    }
  }

  end(): void {
    if (this.ended || this.failure !== null) return;
    this.ended = true;
    this.notify('stream.end', { stream: this.id });
    this.forget();
  }

  abort(error: unknown): void {
    if (this.ended || this.failure !== null) return;
    const { code, message } = asBrokerError(error);
    this.notify('stream.abort', { stream: this.id, code, message });
    this.fail(new BrokerError(code, message));
  }

  credit(bytes: number): void {
    this.available = Math.min(this.available + bytes, streamLimits.windowBytes);
    this.awaken();
  }

  fail(error: Error): void {
    this.failure ??= error;
    this.forget();
    this.awaken();
  }

  private awaken(): void {
    this.wake?.();
    this.wake = null;
  }
}

class Reader implements IncomingStream {
  taken = false;
  private readonly chunks: Uint8Array[] = [];
  private granted = 0;
  private over: { readonly error: Error | null } | null = null;
  private wake: (() => void) | null = null;

  constructor(
    readonly id: number,
    private readonly notify: Notify,
    private readonly forget: () => void,
  ) {}

  start(): void {
    this.taken = true;
    this.grant(streamLimits.windowBytes);
  }

  push(data: unknown): void {
    const bytes = typeof data === 'string' ? fromBase64(data) : null;
    if (bytes === null || bytes.length === 0) throw fault(`stream ${this.id} sent no base64`);
    if (bytes.length > streamLimits.chunkBytes) throw fault(`stream ${this.id} sent a chunk over ${streamLimits.chunkBytes} bytes`);
    if (bytes.length > this.granted) throw fault(`stream ${this.id} sent beyond its credit`);
    this.granted -= bytes.length;
    this.chunks.push(bytes);
    this.awaken();
  }

  finish(error: Error | null): void {
    this.over ??= { error };
    this.awaken();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let whole = false;
    try {
      for (;;) {
        const chunk = this.chunks.shift();
        if (chunk !== undefined) {
          if (this.over === null) this.grant(chunk.length);
          yield chunk;
        } else if (this.over !== null) {
          whole = true;
          if (this.over.error !== null) throw this.over.error;
          return;
        } else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      if (!whole && this.over === null) {
        this.notify('stream.abort', { stream: this.id, code: 'CANCELLED', message: 'The reader stopped.' });
        this.forget();
      }
    }
  }

  private grant(bytes: number): void {
    this.granted += bytes;
    this.notify('stream.credit', { stream: this.id, bytes });
  }

  private awaken(): void {
    this.wake?.();
    this.wake = null;
  }
}

/** Stands for a stream we stopped reading: swallows what was on its way. */
const DEAF = {
  push: () => undefined,
  finish: () => undefined,
} as unknown as Reader;

function fault(message: string): ProtocolFault {
  return new ProtocolFault('stream', message);
}
