import { describe, expect, it } from '@jest/globals';
import { isBoundTo, undeclaredHost, valueProblem } from './secret.rules.js';

describe('binding to hosts', () => {
  it('compares as URLs do', () => {
    expect(isBoundTo(['API.example'], 'api.example')).toBe(true);
    expect(isBoundTo(['bücher.example'], 'xn--bcher-kva.example')).toBe(true);
    expect(isBoundTo(['api.example'], 'api.example:8443')).toBe(true);
    expect(isBoundTo(['api.example:8443'], 'api.example')).toBe(false);
    expect(isBoundTo(['api.example:443'], 'api.example')).toBe(true);
  });

  it.each([
    'evil.example',
    'api.example.evil.example',
    'sub.api.example',
    'api.example.',
    '',
    'api.example/x',
    'api.example@evil.example',
    '*',
  ])('keeps %j out', (host) => {
    expect(isBoundTo(['api.example'], host)).toBe(false);
  });

  it('is never a wildcard', () => {
    expect(isBoundTo(['*', '*.example', ''], 'api.example')).toBe(false);
    expect(undeclaredHost(['api.example'], ['api.example', 'x'])).toBe('x');
    expect(undeclaredHost(['api.example'], ['api.example:1'])).toBeNull();
  });
});

it('keeps only values that a header can carry', () => {
  expect(valueProblem('tøken 123')).toBeNull();
  for (const value of ['', 'a\nb', 'a\u0000', 'x'.repeat(16 * 1024 + 1), '\ud800']) expect(valueProblem(value)).not.toBeNull();
});
