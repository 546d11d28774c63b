import { describe, expect, it } from '@jest/globals';
import { rejected } from '@kari/kernel';
import { attemptsOf, backoff, mayFallBack, mayPass, mayRepeat } from './plugin-policy.rules.js';
import { contract } from './testing/plugin-room.js';

describe('W-04 repeating', () => {
  it('is for what is idempotent, changes nothing, or carries a key', () => {
    expect(mayRepeat({ effect: 'external', idempotent: true }, false)).toBe(true);
    expect(mayRepeat({ effect: 'read', idempotent: false }, false)).toBe(true);
    expect(mayRepeat({ effect: 'none', idempotent: false }, false)).toBe(true);
    expect(mayRepeat({ effect: 'write', idempotent: false }, true)).toBe(true);
    expect(mayRepeat({ effect: 'write', idempotent: false }, false)).toBe(false);
    expect(mayRepeat({ effect: 'external', idempotent: false }, false)).toBe(false);
  });

  it('is refused aloud, never quietly left out', () => {
    const unsafe = { effect: 'write', idempotent: false } as const;
    expect(() => attemptsOf({ attempts: 2 }, 'p', unsafe, false)).toThrow('PLUGIN_RETRY_UNSAFE');
    expect(attemptsOf({ attempts: 1 }, 'p', unsafe, false)).toBe(1);
    expect(attemptsOf(undefined, 'p', unsafe, false)).toBe(1);
    expect(attemptsOf({ attempts: 99 }, 'p', unsafe, true)).toBe(10);
  });
});

describe('failures', () => {
  const errors = { BUSY: { description: '', retryable: true }, WRONG: { description: '' } };

  it.each([
    ['SANDBOX_CRASHED', {}, true],
    ['SANDBOX_BACKING_OFF', {}, true],
    ['SANDBOX_DEADLINE', {}, true],
    ['PLUGIN_TIMEOUT', {}, true],
    ['REQUEST_UNAVAILABLE', {}, true],
    ['PLUGIN_FAILED', { code: 'BUSY' }, true],
    ['PLUGIN_FAILED', { code: 'WRONG' }, false],
    ['PLUGIN_FAILED', { code: 'UNDECLARED' }, false],
    ['PLUGIN_FAILED', { code: 'toString' }, false],
    ['PLUGIN_OUTPUT_INVALID', {}, false],
    ['PLUGIN_INPUT_INVALID', {}, false],
    ['SANDBOX_CAPABILITY_DENIED', {}, false],
    ['PLUGIN_DEADLINE', {}, false],
    ['PLUGIN_CANCELLED', {}, false],
    ['PLUGIN_DEPTH_EXCEEDED', {}, false],
  ])('%s %j may pass: %s', (code, facts, expected) => {
    expect(mayPass(rejected(code, facts), contract({ errors }))).toBe(expected);
  });

  it('of the caller or of the whole chain have no fallback', () => {
    expect(
      ['PLUGIN_FAILED', 'PLUGIN_NOT_FOUND', 'PLUGIN_OUTPUT_INVALID', 'SANDBOX_CRASHED', 'PLUGIN_TIMEOUT'].every((code) =>
        mayFallBack(rejected(code)),
      ),
    ).toBe(true);
    expect(
      ['PLUGIN_DEADLINE', 'PLUGIN_CANCELLED', 'PLUGIN_INPUT_INVALID', 'PLUGIN_NOT_PERMITTED', 'PLUGIN_DEPTH_EXCEEDED'].some((code) =>
        mayFallBack(rejected(code)),
      ),
    ).toBe(false);
  });
});

it('backs off twice as long each time, within its bound, shortened by chance by up to half', () => {
  const retry = { attempts: 9, backoffMs: 100, maxBackoffMs: 350 };
  expect([1, 2, 3, 4].map((failures) => backoff(retry, failures, 0))).toEqual([100, 200, 350, 350]);
  expect(backoff(retry, 1, 0.999_999)).toBe(50);
  expect(backoff({ attempts: 2 }, 1, 0)).toBe(200);
});
