import { describe, expect, it } from '@jest/globals';
import { isRedirect, nextHop } from './redirect.rules.js';
import { parseTarget, type Target } from './target.rules.js';

function target(url: string): Target {
  const parsed = parseTarget(url);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.target;
}

describe('redirects', () => {
  it('are statuses that name a place', () => {
    expect([301, 302, 303, 307, 308].every((status) => isRedirect(status, '/x'))).toBe(true);
    expect([200, 300, 304, 305, 306, 400].some((status) => isRedirect(status, '/x'))).toBe(false);
    expect(isRedirect(302, undefined)).toBe(false);
    expect(isRedirect(302, '')).toBe(false);
  });

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [302, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'DELETE', 'DELETE'],
  ])('%i turns %s into %s', (status, method, then) => {
    const from = target('https://a.example/');
    expect(nextHop(status, method, from, from)).toMatchObject({ method: then, dropsBody: method !== then });
  });

  it('cross origins by scheme, host or port, and never leave https', () => {
    const from = target('https://a.example/');
    expect(nextHop(302, 'GET', from, target('https://a.example/b')).crossOrigin).toBe(false);
    expect(nextHop(302, 'GET', from, target('https://a.example:444/')).crossOrigin).toBe(true);
    expect(nextHop(302, 'GET', from, target('https://b.example/')).crossOrigin).toBe(true);
    expect(nextHop(302, 'GET', from, target('http://a.example/')).refusal).not.toBeNull();
    expect(nextHop(302, 'GET', target('http://a.example/'), from).refusal).toBeNull();
  });
});
