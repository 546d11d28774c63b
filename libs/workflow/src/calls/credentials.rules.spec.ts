import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { authenticationOf, challengeIn, digestAnswer, propertiesIn, structured, textsOf, type Hash } from './credentials.rules.js';

const hash: Hash = (algorithm, text) => createHash(algorithm).update(text).digest('hex');

describe('authentications', () => {
  it('are what the DSL has, whole or not at all', () => {
    expect(authenticationOf(undefined)).toBeNull();
    expect(authenticationOf({ basic: { username: 'a', password: '' } })).toEqual({ scheme: 'basic', username: 'a', password: '' });
    expect(authenticationOf({ bearer: { token: 't' } })).toEqual({ scheme: 'bearer', token: 't' });
    expect(authenticationOf({ oauth2: { authority: 'x' } })).toEqual({ scheme: 'oauth2', policy: { authority: 'x' } });
    for (const broken of [{ basic: { username: 'a' } }, { digest: {} }, { bearer: { token: 7 } }, { certificate: {} }, { basic: null }])
      expect(() => authenticationOf(broken)).toThrow();
  });

  it('are read from secrets as JSON, or in the short form of their scheme', () => {
    expect(propertiesIn('{"token":"t"}', 'bearer')).toEqual({ token: 't' });
    expect(propertiesIn('t', 'bearer')).toEqual({ token: 't' });
    expect(propertiesIn('ada:se:cret', 'basic')).toEqual({ username: 'ada', password: 'se:cret' });
    expect(propertiesIn('nothing', 'digest')).toEqual({});
    expect([structured('{"a":1}'), structured('{broken'), structured('7')]).toEqual([{ a: 1 }, '{broken', '7']);
    expect(textsOf('{"a":{"b":"c"},"d":["e",7]}')).toEqual(['{"a":{"b":"c"},"d":["e",7]}', 'c', 'e']);
  });
});

describe('digest, by the examples of RFC 7616', () => {
  const login = { username: 'Mufasa', password: 'Circle of Life' };
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const header = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const asked = { method: 'GET', uri: '/dir/index.html', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers with %s', (algorithm, response) => {
    const answer = digestAnswer(login, challengeIn(header(algorithm))!, asked, hash);
    expect(answer).toContain(`response="${response}"`);
    expect(answer).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  });

  it('takes the strongest that it knows, and none that it does not', () => {
    expect(challengeIn(`Basic realm="x", ${header('MD5')}, ${header('SHA-256')}`)?.algorithm).toBe('SHA-256');
    expect(challengeIn('Digest realm="r", nonce="n"')).toEqual({ realm: 'r', nonce: 'n', qop: null, algorithm: 'MD5' });
    for (const none of [
      undefined,
      '',
      'Basic realm="x"',
      'Digest realm="x"',
      header('SHA-512-256'),
      'Digest realm="r", nonce="n", qop="auth-int"',
    ])
      expect(challengeIn(none)).toBeNull();
  });

  it('lets no value out of its quotes', () => {
    const answer = digestAnswer({ username: 'a"b', password: 'x' }, challengeIn('Digest realm="a\\"c", nonce="n"')!, asked, hash);
    expect(answer).toContain('username="a\\"b", realm="a\\"c"');
  });
});
