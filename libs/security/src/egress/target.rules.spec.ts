import { describe, expect, it } from '@jest/globals';
import { judgeTarget, normalisedHost, parseTarget, shownTarget, type HttpScope } from './target.rules.js';

function judge(scopes: readonly HttpScope[], url: string, method = 'GET') {
  const parsed = parseTarget(url);
  if (!parsed.ok) throw new Error(parsed.why);
  return judgeTarget(scopes, parsed.target, method).allowed;
}

describe('S-08 declared triples', () => {
  it('are https on 443 unless they say otherwise', () => {
    const scope = { host: 'api.example' };
    expect(judge([scope], 'https://api.example/x')).toBe(true);
    expect(judge([scope], 'https://API.EXAMPLE:443/x')).toBe(true);
    expect(judge([scope], 'http://api.example/x')).toBe(false);
    expect(judge([scope], 'https://api.example:444/')).toBe(false);
    expect(judge([{ host: 'api.example', port: 8443 }], 'https://api.example/')).toBe(false);
    expect(judge([{ host: 'api.example', scheme: 'http' }], 'http://api.example:80/')).toBe(true);
  });

  it('permit the methods they name, in any case; all when they name none; none when nothing is granted', () => {
    expect(judge([{ host: 'a.example', methods: ['get'] }], 'https://a.example/', 'GET')).toBe(true);
    expect(judge([{ host: 'a.example', methods: ['GET'] }], 'https://a.example/', 'DELETE')).toBe(false);
    expect(
      judge(
        [
          { host: 'a.example', methods: ['GET'] },
          { host: 'a.example', methods: ['DELETE'] },
        ],
        'https://a.example/',
        'DELETE',
      ),
    ).toBe(true);
    expect(judge([], 'https://a.example/')).toBe(false);
    expect(judge([{ host: '*.example' }], 'https://a.example/')).toBe(false);
    expect(judge([{ host: '' }], 'https://a.example/')).toBe(false);
  });

  it('show no path and no query', () => {
    const parsed = parseTarget('https://a.example/secret?token=1#x');
    expect(parsed.ok && shownTarget(parsed.target)).toBe('https://a.example');
  });

  it('normalise a host as a URL would, or not at all', () => {
    expect(normalisedHost('BÜCHER.Example')).toBe('xn--bcher-kva.example');
    expect(normalisedHost('::1')).toBe('::1');
    expect(normalisedHost('[::1]')).toBe('::1');
    expect(normalisedHost('0x7f.1')).toBe('127.0.0.1');
    for (const none of ['a b', 'a/b', 'a:1', 'u@a', '', 'a?b', 'a#b', 'a\\b']) expect(normalisedHost(none)).toBeNull();
  });

  it('take no address that is too long', () => {
    expect(parseTarget(`https://a.example/${'a'.repeat(9000)}`).ok).toBe(false);
  });
});
