import { describe, expect, it } from '@jest/globals';
import { headerProblem, headersAfterRedirect, MOST_HEADERS } from './header.rules.js';

describe('S-08 headers of an extension', () => {
  it('pass when they are plain', () => {
    expect(
      headerProblem({
        Accept: 'application/json',
        'X-Tab': 'a\tb',
        'X-Latin': 'é',
        Authorization: { $secret: 'token', prefix: 'Bearer ' },
      }),
    ).toBeNull();
  });

  it.each(['a\r\nX-Injected: 1', 'a\nb', 'a\rb', 'a\u0000b', '\u007f', 'snow☃', 'a\u000bb'])('are refused with the value %j', (value) => {
    expect(headerProblem({ 'x-test': value })).not.toBeNull();
    expect(headerProblem({ 'x-test': { $secret: 's', prefix: value } })).not.toBeNull();
  });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'a\u0000', '(x)', 'ü', ' host', 'x'.repeat(129)])('are refused with the name %j', (name) => {
    expect(headerProblem({ [name]: 'x' })).not.toBeNull();
  });

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'CONNECTION',
    'keep-alive',
    'proxy-authorization',
    'TE',
    'trailer',
    'upgrade',
    'expect',
    'accept-encoding',
  ])("are refused where %s is the broker's", (name) => {
    expect(headerProblem({ [name]: 'x' })?.reason).toBe('it is set by the platform');
  });

  it('are refused given twice in another case, too many, or too long', () => {
    expect(headerProblem({ 'X-A': '1', 'x-a': '2' })?.reason).toBe('it is given twice');
    expect(headerProblem(Object.fromEntries(Array.from({ length: MOST_HEADERS + 1 }, (_, index) => [`x-${index}`, '']))))?.not.toBeNull();
    expect(headerProblem({ a: 'x'.repeat(8_000), b: 'x'.repeat(8_400) })?.reason).toContain('bytes');
  });

  it('lose credentials and every secret towards another origin, and describe no body that is gone', () => {
    const headers = { Authorization: 'x', Cookie: 'y', 'X-Key': { $secret: 'token' }, 'Content-Type': 'text/plain', 'X-Plain': 'z' };
    expect(headersAfterRedirect(headers, { crossOrigin: true, dropsBody: true })).toEqual({ 'X-Plain': 'z' });
    expect(headersAfterRedirect(headers, { crossOrigin: true, dropsBody: false })).toEqual({
      'X-Plain': 'z',
      'Content-Type': 'text/plain',
    });
    expect(headersAfterRedirect(headers, { crossOrigin: false, dropsBody: false })).toEqual(headers);
  });
});
