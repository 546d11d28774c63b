import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSecretName, Redactor } from './redaction.js';

const CANARY = 'canary-9f8e7d6c5b4a';
const clean = (value: unknown, redactor = new Redactor()) => JSON.stringify(redactor.clean(value));

describe('U-05 by name', () => {
  it.each([
    'password',
    'PASSWORD',
    'userPassword',
    'client_secret',
    'Client-Secret',
    'apiKey',
    'API-Key',
    'x-api-key',
    'Authorization',
    'Set-Cookie',
    'refreshToken',
    'tokens',
    'private key',
    'ＰＡＳＳＷＯＲＤ',
    'masterKey',
    'credentials',
    'pass\u200bword',
  ])('%s is secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each(['tokenId', 'secretName', 'tokenCount', 'extension', 'key', 'message', 'passwordless', 'tenant'])('%s is not', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it('at any depth and in every container', () => {
    const value = {
      a: [{ b: { c: new Map([['token', CANARY]]) } }],
      d: new Set([{ password: CANARY }]),
      e: { apiKey: { nested: CANARY } },
      f: { toJSON: () => CANARY, secret: CANARY },
    };
    expect(clean(value)).not.toContain(CANARY);
  });

  it('inside texts: forms, JSON, JSON inside JSON, URLs, headers', () => {
    const texts = [
      `password=${CANARY}`,
      `the password: ${CANARY}, and more`,
      `{"password":"${CANARY}"}`,
      JSON.stringify({ body: JSON.stringify({ token: CANARY }) }),
      `https://host/path?token=${CANARY}&x=1`,
      `https://user:${CANARY}@host/path`,
      `Authorization: Bearer ${CANARY}`,
      `authorization: Basic ${CANARY}`,
      `{ apiKey: '${CANARY}' }`,
      `api_key => ${CANARY}`,
      `Bearer ${CANARY}`,
    ];
    for (const text of texts) expect([text, new Redactor().text(text).includes(CANARY)]).toEqual([text, false]);
  });

  it('and leaves the rest readable', () => {
    expect(new Redactor().text('token=abcdefgh, extension=acme.notes failed')).toBe('token=[redacted], extension=acme.notes failed');
  });

  it('in lists where the name stands beside the value', () => {
    expect(clean({ rawHeaders: ['Host', 'x', 'Authorization', `Bearer ${CANARY}`] })).not.toContain(CANARY);
  });
});

/** Put together here, so that no file of the tree looks like a key. */
const PEM = (kind: string) => `-----BEGIN ${kind}-----`;

describe('U-05 by shape', () => {
  it.each([
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef',
    'kari_pat_0123456789abcdef',
    `${PEM('PRIVATE KEY')}\nMIIB\n-----END PRIVATE KEY-----`,
    `${PEM('EC PRIVATE KEY')}\nMIIB`,
  ])('%s', (secret) => {
    expect(new Redactor().text(`got ${secret}`)).toBe('got [redacted]');
  });
});

describe('U-05 by having been taught', () => {
  it('in every usual spelling, anywhere, keys included', () => {
    const redactor = new Redactor();
    const secret = `${CANARY}/"+&ü`;
    redactor.learn(secret);
    const spellings = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
      JSON.stringify(secret).slice(1, -1),
    ];
    for (const spelling of spellings) {
      const value = { harmless: `x ${spelling} y`, list: [spelling], [spelling]: 1, error: new Error(spelling, { cause: spelling }) };
      expect([spelling, clean(value, redactor).includes(spelling)]).toEqual([spelling, false]);
    }
  });

  it('but not a value so short that it would hide ordinary words', () => {
    const redactor = new Redactor();
    redactor.learn('abc');
    expect(redactor.text('abc')).toBe('abc');
  });

  it('wherever it stands in whatever object (100 random ones)', () => {
    const redactor = new Redactor();
    redactor.learn(CANARY);
    const leaf = fc.oneof(
      fc.constant(CANARY),
      fc.string().map((text) => `${text}${CANARY}${text}`),
      fc.string(),
      fc.integer(),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.object({ values: [leaf], maxDepth: 5 }), (value) => !clean(value, redactor).includes(CANARY)),
      { numRuns: 100 },
    );
  });
});

describe('errors', () => {
  it('lose what the caller sent from their words, and keep their frames', () => {
    const cleaned = new Redactor().clean({ error: new TypeError(`duplicate key (name)=(${CANARY})`) }, [CANARY]) as {
      error: { message: string; name: string; frames: string[] };
    };
    expect(cleaned.error).toMatchObject({ name: 'TypeError', message: 'duplicate key (name)=([input])' });
    expect(cleaned.error.frames[0]).toMatch(/^at .*redaction\.spec/);
  });

  it('whose message spans lines do not smuggle frames', () => {
    const error = new Error(`x\n    at password=${CANARY} (file.ts:1:1)`);
    expect(clean({ error })).not.toContain(CANARY);
  });
});

describe('no value breaks the line', () => {
  it('control characters, separators and bidirectional overrides are made visible', () => {
    expect(new Redactor().text('a\r\nb\u001b[31mc\u2028d\u202ee\u009bf')).toBe('a\\r\\nb\\u001b[31mc\\u2028d\\u202ee\\u009bf');
  });

  it('circles, depth, width, getters that throw and proxies are survived, within bounds', () => {
    const circle: Record<string, unknown> = { name: 'x' };
    circle['self'] = circle;
    const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => ({ inner }), 'end');
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index]));
    const hostile = {
      get boom() {
        throw new Error(CANARY);
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error(CANARY);
          },
        },
      ),
    };
    const polluting = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as object;
    const text = clean({
      circle,
      deep,
      wide,
      hostile,
      polluting,
      big: 'x'.repeat(1_000_000),
      bytes: new Uint8Array(1_000_000),
      n: 1n,
      f: () => 1,
      s: Symbol('x'),
    });
    expect(text.length).toBeLessThan(20_000);
    expect(text).not.toContain(CANARY);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('takes a hostile megabyte in a moment', () => {
    const started = performance.now();
    for (const text of [
      'password='.repeat(120_000),
      'a:'.repeat(500_000),
      `${'"'.repeat(500_000)}`,
      `Bearer ${' '.repeat(900_000)}`,
      `https://${'a'.repeat(900_000)}`,
    ])
      new Redactor().text(text);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

it('U-05 masks a whole value for those who may see it, and cuts nothing', () => {
  const redactor = new Redactor();
  redactor.learn(CANARY);
  const long = 'x'.repeat(20_000);
  const value = {
    note: long,
    deep: { a: { b: { c: { d: { e: { f: `says ${CANARY}` } } } } } },
    rows: [{ password: 'p4ssword' }, 'Bearer abcdefgh'],
    n: 1,
  };
  const masked = redactor.masked(value);
  expect(JSON.stringify(masked)).not.toMatch(/canary|p4ssword|abcdefgh/);
  expect(masked).toMatchObject({ note: long, deep: { a: { b: { c: { d: { e: { f: 'says [redacted]' } } } } } }, n: 1 });
});
