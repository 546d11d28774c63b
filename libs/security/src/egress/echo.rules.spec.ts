import { describe, expect, it } from '@jest/globals';
import { echoCover } from './echo.rules.js';

describe('S-08 a secret that comes back', () => {
  const value = 'canary "42" & more';
  const cover = echoCover(new Set([value]));

  it.each([
    ['as it is', value],
    ['in an address', encodeURIComponent(value)],
    ['in JSON', JSON.stringify({ seen: value })],
    ['in base64', btoa(value)],
    ['in base64 without its padding', btoa(value).replace(/=+$/, '')],
    ['more than once', `${value}, again ${value}`],
  ])('is covered %s', (_, text) => {
    expect(cover(`before ${text} after`)).toMatch(/^before .*\[secret\].* after$/);
    expect(cover(text)).not.toContain('canary');
    expect(cover(text)).not.toContain(btoa(value).slice(0, 10));
  });

  it('is covered in bytes read one by one, when it holds letters beyond ASCII', () => {
    const bytes = Buffer.from('schlüssel-wort').toString('latin1');
    expect(echoCover(new Set(['schlüssel-wort']))(`a ${bytes} b`)).toBe('a [secret] b');
  });

  it('is covered whole when another one is a part of it', () => {
    expect(echoCover(new Set(['12345678', '12345678-and-more']))('x 12345678-and-more y')).toBe('x [secret] y');
  });

  it('leaves everything else as it was', () => {
    expect(cover('nothing to see')).toBe('nothing to see');
    expect(echoCover(new Set(['short']))('short words stay')).toBe('short words stay');
    expect(echoCover(new Set())('anything')).toBe('anything');
  });
});
