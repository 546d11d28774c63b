import { describe, expect, it } from '@jest/globals';
import { parseCancelParams, parseCapabilityParams, parseLoadResult } from './calls.js';

describe('the answer to load', () => {
  it('is a protocol version and handler names', () => {
    expect(
      parseLoadResult({ protocol: 1, handlers: ['plugin:time.now', 'event:acme.notes.created.v1', 'hook:onActivate'], extra: 1 }),
    ).toEqual({
      protocol: 1,
      handlers: ['plugin:time.now', 'event:acme.notes.created.v1', 'hook:onActivate'],
    });
  });

  it.each([
    [null],
    [{}],
    [{ protocol: '1', handlers: [] }],
    [{ protocol: 1, handlers: {} }],
    [{ protocol: 1, handlers: ['rm -rf'] }],
    [{ protocol: 1, handlers: [1] }],
  ])('is refused otherwise: %j', (answer) => {
    expect(() => parseLoadResult(answer)).toThrow(/load answered/);
  });
});

describe('the parameters of a capability', () => {
  it('are a request and perhaps an invocation', () => {
    expect(parseCapabilityParams({ request: 1 })).toEqual({ request: 1 });
    expect(parseCapabilityParams({ request: null, invocation: 'a' })).toEqual({ request: null, invocation: 'a' });
  });

  it.each([
    [undefined],
    [[]],
    [{}],
    [{ request: 1, tenant: 'b' }],
    [{ request: 1, invocation: 7 }],
    [{ request: 1, invocation: 'a'.repeat(101) }],
  ])('are refused otherwise: %j', (params) => {
    expect(parseCapabilityParams(params)).toBeNull();
  });
});

it('a cancel names one id', () => {
  expect([parseCancelParams({ id: 3 }), parseCancelParams({ id: '3' }), parseCancelParams(null)]).toEqual([{ id: 3 }, null, null]);
});
