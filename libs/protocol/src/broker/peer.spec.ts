import { describe, expect, it } from '@jest/globals';
import { BrokerError } from './errors.js';
import { decodeFrame } from './frames.js';
import { Peer, type PeerOptions } from './peer.js';

/** Two peers back to back; each line is delivered in a later microtask, as a pipe would. */
function pair(
  left: Partial<PeerOptions>,
  right: Partial<PeerOptions>,
): { readonly left: Peer; readonly right: Peer; readonly sent: unknown[] } {
  const sent: unknown[] = [];
  const defaults = { onCall: () => Promise.resolve(null), onNotification: () => undefined };
  const peers: { left: Peer; right: Peer } = { left: null as unknown as Peer, right: null as unknown as Peer };
  const carry = (to: 'left' | 'right') => (line: Uint8Array) => {
    sent.push(decodeFrame(line.subarray(0, -1)));
    queueMicrotask(() => peers[to].receive(line.subarray(0, -1)));
  };
  peers.left = new Peer({ ...defaults, ...left, send: carry('right') });
  peers.right = new Peer({ ...defaults, ...right, send: carry('left') });
  return { ...peers, sent };
}

const line = (value: unknown) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...(value as object) }));

describe('two peers', () => {
  it('answer each other, each with its own ids', async () => {
    const { left, right } = pair(
      { onCall: (method) => Promise.resolve(`left ${method}`) },
      { onCall: (method) => Promise.resolve(`right ${method}`) },
    );
    await expect(Promise.all([left.call('a', {}), right.call('b', {}), left.call('c', {})])).resolves.toEqual([
      'right a',
      'left b',
      'right c',
    ]);
  });

  it('turn what is thrown into a typed error without a stack', async () => {
    const { left, sent } = pair({}, { onCall: () => Promise.reject(new TypeError('at /host/secret.ts')) });
    await expect(left.call('a', {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(JSON.stringify(sent)).not.toContain('stack');
    const typed = pair({}, { onCall: () => Promise.reject(new BrokerError('LIMIT', 'slow down', { reason: 'R', facts: { n: 1 } })) });
    await expect(typed.left.call('a', {})).rejects.toMatchObject({ code: 'LIMIT', reason: 'R', facts: { n: 1 } });
  });

  it('take a call back: the caller is free at once, the other side is told, its late answer is expected', async () => {
    const aborted: unknown[] = [];
    let finish: (value: unknown) => void = () => undefined;
    const { left } = pair(
      {},
      {
        onCall: (_, __, signal) =>
          new Promise((resolve) => {
            finish = resolve;
            signal.addEventListener('abort', () => aborted.push((signal.reason as BrokerError).code));
          }),
      },
    );
    const controller = new AbortController();
    let answers = 0;
    const call = left.call('a', {}, controller.signal, () => (answers += 1));
    await Promise.resolve();
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await new Promise(setImmediate);
    expect([aborted, answers]).toEqual([['CANCELLED'], 0]);
    finish('late');
    await new Promise(setImmediate);
    expect([left.outstanding, answers]).toEqual([0, 1]);
  });

  it('ask for the end of a call: the other side is told once, and its answer still counts', async () => {
    let seen: AbortSignal | null = null;
    const { left, sent } = pair(
      {},
      {
        onCall: (_method, _params, signal) =>
          new Promise((resolve) => {
            seen = signal;
            signal.addEventListener('abort', () => resolve('ended'));
          }),
      },
    );
    const asked = new AbortController();
    const answer = left.call('a', {}, undefined, undefined, asked.signal);
    await new Promise(setImmediate);
    expect((seen as AbortSignal | null)?.aborted).toBe(false);
    asked.abort();
    expect(await answer).toBe('ended');
    expect(sent.filter((frame) => (frame as { method?: string }).method === 'cancel')).toHaveLength(1);
  });

  it('refuse calls beyond the cap, and say so to their owner', async () => {
    const overflows: number[] = [];
    const { left } = pair({}, { inFlight: 2, onCall: () => new Promise(() => undefined), onOverflow: () => overflows.push(1) });
    void left.call('a', {});
    void left.call('b', {});
    await expect(left.call('c', {})).rejects.toMatchObject({ code: 'LIMIT' });
    expect(overflows).toEqual([1]);
  });

  it('fail every open call when the pipe ends, and every later one', async () => {
    const { left } = pair({}, { onCall: () => new Promise(() => undefined) });
    const open = left.call('a', {});
    left.end(new Error('gone'));
    await expect(open).rejects.toThrow('gone');
    await expect(left.call('b', {})).rejects.toThrow('gone');
  });
});

describe('a peer with a hostile other side', () => {
  const deaf = () => new Peer({ send: () => undefined, onCall: () => new Promise(() => undefined), onNotification: () => undefined });

  it('drops answers nobody asked for, and ends the pipe at the tenth', () => {
    const peer = deaf();
    for (let stray = 1; stray < 10; stray += 1) peer.receive(line({ id: stray, result: 1 }));
    expect(() => peer.receive(line({ id: 10, result: 1 }))).toThrow(/nobody made/);
  });

  it('takes one answer for a call; a second is a stray', async () => {
    const peer = deaf();
    const call = peer.call('a', {});
    peer.receive(line({ id: 1, result: 'first' }));
    peer.receive(line({ id: 1, result: 'second' }));
    await expect(call).resolves.toBe('first');
  });

  it('refuses an id that is open already, and a malformed cancel', () => {
    const peer = deaf();
    peer.receive(line({ id: 1, method: 'a' }));
    expect(() => peer.receive(line({ id: 1, method: 'b' }))).toThrow(/open already/);
    expect(() => peer.receive(line({ method: 'cancel', params: { id: 1, why: 'x' } }))).toThrow(/cancel/);
  });

  it('answers an unsendable result with an error instead of breaking the pipe', async () => {
    const sent: string[] = [];
    const peer = new Peer({
      send: (bytes) => void sent.push(Buffer.from(bytes).toString()),
      onCall: () => Promise.resolve(1n),
      onNotification: () => undefined,
    });
    peer.receive(line({ id: 1, method: 'a' }));
    await new Promise(setImmediate);
    expect(sent.join('')).toContain('INVALID');
  });
});
