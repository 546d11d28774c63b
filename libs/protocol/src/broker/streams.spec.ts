import { describe, expect, it } from '@jest/globals';
import { fromBase64, toBase64 } from './base64.js';
import { ProtocolFault } from './errors.js';
import { streamLimits } from './limits.js';
import { Streams, type StreamMethod } from './streams.js';

interface Sent {
  readonly method: StreamMethod;
  readonly params: Readonly<Record<string, unknown>>;
}

function pair() {
  const sent: Sent[] = [];
  const ends: { host: Streams; extension: Streams } = { host: null as unknown as Streams, extension: null as unknown as Streams };
  const carry = (to: 'host' | 'extension') => (method: StreamMethod, params: Readonly<Record<string, unknown>>) => {
    sent.push({ method, params });
    queueMicrotask(() => ends[to].receive(method, params));
  };
  ends.host = new Streams('host', carry('extension'));
  ends.extension = new Streams('extension', carry('host'));
  return { ...ends, sent };
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const settled = () => new Promise(setImmediate);

describe('a stream', () => {
  it('carries a large body whole, in chunks of 64 KiB at most', async () => {
    const { host, extension, sent } = pair();
    const body = Buffer.alloc(1_000_000, 'kari');
    const writer = host.open();
    await settled();
    const read = all(extension.read(writer.id));
    await writer.write(body);
    writer.end();
    expect((await read).equals(body)).toBe(true);
    const chunks = sent
      .filter(({ method }) => method === 'stream.chunk')
      .map(({ params }) => fromBase64(String(params['data']))?.length ?? 0);
    expect(Math.max(...chunks)).toBe(streamLimits.chunkBytes);
  });

  it('sends nothing without credit: a reader that never reads costs one window', async () => {
    const { host, extension, sent } = pair();
    const writer = host.open();
    await settled();
    let done = false;
    void writer.write(Buffer.alloc(1_000_000)).then(() => (done = true));
    await settled();
    expect(sent.filter(({ method }) => method === 'stream.chunk')).toHaveLength(0);
    const reading = extension.read(writer.id)[Symbol.asyncIterator]();
    await settled();
    await reading.next();
    await settled();
    const bytes = sent.filter(({ method }) => method === 'stream.chunk').length * streamLimits.chunkBytes;
    expect([bytes <= streamLimits.windowBytes + streamLimits.chunkBytes, done]).toEqual([true, false]);
  });

  it('tells the writer when the reader leaves early, and the reader when the writer fails', async () => {
    const { host, extension } = pair();
    const left = host.open();
    await settled();
    const writing = left.write(Buffer.alloc(10_000_000));
    for await (const _ of extension.read(left.id)) break;
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' });

    const failed = extension.open();
    await settled();
    const reading = all(host.read(failed.id));
    failed.abort(new Error('the source broke'));
    await expect(reading).rejects.toThrow('the source broke');
  });

  it('is read once', async () => {
    const { host, extension } = pair();
    const writer = extension.open();
    await settled();
    host.read(writer.id);
    expect(() => host.read(writer.id)).toThrow(/no stream/);
    expect(() => host.read(99)).toThrow(/no stream/);
  });
});

describe('a hostile writer', () => {
  const hostile = () => {
    const host = new Streams('host', () => undefined);
    host.receive('stream.open', { stream: 1 });
    return host;
  };
  const chunk = (bytes: number, stream = 1) => ({ stream, data: toBase64(new Uint8Array(bytes)) });

  it.each<[string, (host: Streams) => void]>([
    ['a chunk without credit', (host) => host.receive('stream.chunk', chunk(1))],
    ['a chunk over 64 KiB', (host) => (host.read(1), host.receive('stream.chunk', chunk(streamLimits.chunkBytes + 1)))],
    ['a chunk that is no base64', (host) => (host.read(1), host.receive('stream.chunk', { stream: 1, data: '***' }))],
    ['an empty chunk', (host) => (host.read(1), host.receive('stream.chunk', { stream: 1, data: '' }))],
    ['a chunk on a stream never opened', (host) => host.receive('stream.chunk', chunk(1, 3))],
    ['a chunk on a stream of ours', (host) => (host.open(), host.receive('stream.chunk', chunk(1, 2)))],
    ['an id of our side', (host) => host.receive('stream.open', { stream: 2 })],
    ['an id used before', (host) => host.receive('stream.open', { stream: 1 })],
    ['too much credit', (host) => (host.open(), host.receive('stream.credit', { stream: 2, bytes: 1e9 }))],
    ['credit for its own stream', (host) => host.receive('stream.credit', { stream: 1, bytes: 1 })],
    ['no id', (host) => host.receive('stream.end', {})],
    [
      'too many streams',
      (host) => {
        for (let id = 3; id < 3 + 2 * streamLimits.open; id += 2) host.receive('stream.open', { stream: id });
      },
    ],
  ])('ends the pipe by %s', (_, act) => {
    expect(() => act(hostile())).toThrow(ProtocolFault);
  });

  it('may have a chunk on the way when we stop reading, and after its end nothing', async () => {
    const host = hostile();
    const reader = host.read(1)[Symbol.asyncIterator]();
    host.receive('stream.chunk', chunk(1));
    await reader.next();
    await reader.return?.(undefined);
    expect(() => host.receive('stream.chunk', chunk(1))).not.toThrow();
  });
});
