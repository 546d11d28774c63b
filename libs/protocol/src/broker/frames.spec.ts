import { describe, expect, it } from '@jest/globals';
import { BrokerError, ProtocolFault, toWireError, UnsendableError } from './errors.js';
import { decodeFrame, encodeFrame, type Frame } from './frames.js';

const decode = (value: unknown) => decodeFrame(Buffer.from(JSON.stringify(value)));

describe('a frame', () => {
  it.each<Frame>([
    { kind: 'request', id: 1, method: 'kv.get', params: { request: { key: 'a' } } },
    { kind: 'notification', method: 'log', params: { request: {} } },
    { kind: 'result', id: 7, result: null },
    { kind: 'error', id: 7, error: toWireError(new BrokerError('DENIED', 'no', { reason: 'X', facts: { a: 1 } })) },
  ])('survives its own line: $kind', (frame) => {
    const line = encodeFrame(frame);
    expect(line.at(-1)).toBe(10);
    expect(decodeFrame(line.subarray(0, -1))).toEqual(frame);
  });

  it.each([
    ['no object', []],
    ['no version', { id: 1, method: 'ping' }],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }],
    ['a string id', { jsonrpc: '2.0', id: '1', method: 'ping' }],
    ['a fractional id', { jsonrpc: '2.0', id: 1.5, method: 'ping' }],
    ['a null id', { jsonrpc: '2.0', id: null, method: 'ping' }],
    ['id zero', { jsonrpc: '2.0', id: 0, method: 'ping' }],
    ['an unsafe id', { jsonrpc: '2.0', id: 2 ** 53, method: 'ping' }],
    ['an unknown member', { jsonrpc: '2.0', id: 1, method: 'ping', tenant: 'b' }],
    ['a bad method', { jsonrpc: '2.0', id: 1, method: 'kv.get.all' }],
    ['a long method', { jsonrpc: '2.0', id: 1, method: 'a'.repeat(101) }],
    ['scalar params', { jsonrpc: '2.0', id: 1, method: 'ping', params: 1 }],
    ['result and error', { jsonrpc: '2.0', id: 1, result: 1, error: {} }],
    ['neither', { jsonrpc: '2.0', id: 1 }],
    ['an unknown error code', { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'x', data: { code: 'FINE' } } }],
    ['a stack in the error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'x', data: { code: 'DENIED', stack: 'at' } } }],
  ])('with %s is refused', (_, value) => {
    expect(() => decode(value)).toThrow(ProtocolFault);
  });

  it('that the other side would have to refuse is never sent: the one call fails instead', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    let deep: unknown = 0;
    for (let level = 0; level < 64; level += 1) deep = [deep];
    for (const result of [cyclic, 1n, deep, '\ud800', { constructor: 1 }, 'x'.repeat(1024 * 1024)]) {
      expect(() => encodeFrame({ kind: 'result', id: 1, result })).toThrow(UnsendableError);
    }
  });
});
