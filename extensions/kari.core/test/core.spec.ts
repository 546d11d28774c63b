import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { KariError } from '@kari/sdk';
import { testHost, type TestHost } from '@kari/testkit';
import { start } from '../src/index.js';

const folder = new URL('..', import.meta.url);

let host: TestHost;
beforeAll(async () => {
  host = await testHost({ folder, start });
});
afterAll(() => host.close());

it('every example of the manifest is true', async () => {
  expect(await host.checkExamples()).toEqual([]);
});

describe('time', () => {
  it('time.now reads the clock', async () => {
    const frozen = await testHost({ folder, start }, { now: '2026-07-01T09:30:00Z' });
    try {
      expect(await frozen.call('time.now', { zone: 'Asia/Kolkata' })).toMatchObject({
        at: '2026-07-01T09:30:00.000Z',
        local: '2026-07-01T15:00:00+05:30',
        weekday: 'wednesday',
      });
      frozen.clock.advance(90_000);
      expect(await frozen.call('time.now', {})).toMatchObject({ at: '2026-07-01T09:31:30.000Z', zone: 'UTC' });
    } finally {
      await frozen.close();
    }
  });

  it.each([
    [
      'a day over the change to summer time has 23 hours',
      { at: '2026-03-28T22:30:00Z', by: 'P1D', zone: 'Europe/Helsinki' },
      '2026-03-29T21:30:00.000Z',
    ],
    ['24 hours over it have 24', { at: '2026-03-28T22:30:00Z', by: 'PT24H', zone: 'Europe/Helsinki' }, '2026-03-29T22:30:00.000Z'],
    [
      'a time that the change skips moves forward',
      { at: '2026-03-28T01:30:00Z', by: 'P1D', zone: 'Europe/Helsinki' },
      '2026-03-29T01:30:00.000Z',
    ],
    ['a month after the 31st is the last of a shorter one', { at: '2024-01-31T00:00:00Z', by: 'P1M' }, '2024-02-29T00:00:00.000Z'],
    ['back a year from the leap day', { at: '2024-02-29T00:00:00Z', by: 'P1Y', back: true }, '2023-02-28T00:00:00.000Z'],
    ['weeks', { at: '2026-01-01T00:00:00Z', by: 'P2W' }, '2026-01-15T00:00:00.000Z'],
    ['half an hour west', { at: '2026-01-01T00:00:00Z', by: 'PT1.5S', zone: 'America/St_Johns' }, '2026-01-01T00:00:01.500Z'],
  ])('time.shift: %s', async (_name, input, at) => {
    expect(await host.call('time.shift', input)).toMatchObject({ at });
  });

  it('time.range counts each instant from the start', async () => {
    const input = { from: '2026-01-31T00:00:00Z', to: '2026-06-01T00:00:00Z', step: 'P1M' };
    expect(await host.call('time.range', input)).toEqual({
      instants: ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'].map((date) => `${date}T00:00:00.000Z`),
      complete: true,
    });
  });

  it('time.range stops at its limit and says so; a step of nothing is refused', async () => {
    const range = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z', step: 'PT1S', limit: 3 };
    expect(await host.call<{ complete: boolean }>('time.range', range)).toMatchObject({ complete: false });
    await expect(host.call('time.range', { ...range, step: 'PT0S' })).rejects.toMatchObject({ reason: 'STEP_EMPTY' });
  });

  it.each([{ at: 'yesterday' }, { at: '2026-01-01T00:00:00' }, { at: '2026-01-01T00:00:00Z', zone: 'Mars/Olympus' }])(
    'refuses %j',
    async (input) => {
      await expect(host.call('time.convert', input)).rejects.toMatchObject({ code: 'INVALID' });
    },
  );

  it('refuses what lies outside the calendar', async () => {
    await expect(host.call('time.shift', { at: '9999-12-31T00:00:00Z', by: 'P999999Y' })).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('text.template', () => {
  const fill = async (template: string, values: object, more: object = {}) =>
    (await host.call<{ text: string }>('text.template', { template, values, ...more })).text;

  it('puts values in, repeats lists, stands in for what is absent', async () => {
    const values = { user: { name: 'Ada' }, notes: [{ t: 'a' }, { t: 'b' }], none: [] };
    expect(await fill('{{user.name}}:{{#notes}} {{t}}{{/notes}}{{^none}} (end){{/none}}{{! a remark }}', values)).toBe('Ada: a b (end)');
    expect(await fill('{{#user}}{{name}}{{/user}}{{missing.path}}', values)).toBe('Ada');
  });

  it('makes values harmless for where they go', async () => {
    expect(await fill('<b>{{x}}</b>', { x: '<i>&"\'' }, { escape: 'html' })).toBe('<b>&lt;i&gt;&amp;&quot;&#39;</b>');
    expect(await fill('?q={{x}}', { x: 'a b&c=\ud800' }, { escape: 'url' })).toBe('?q=a%20b%26c%3D%EF%BF%BD');
    expect(await fill('{"x": {{x}}}', { x: 'a"b' }, { escape: 'json' })).toBe('{"x": "a\\"b"}');
  });

  it('does not reach into prototypes, and runs nothing', async () => {
    expect(await fill('{{toString}}{{constructor.name}}{{x.length}}', { x: 'abc' })).toBe('');
  });

  it.each([
    ['{{#a}}', 'TEMPLATE_INVALID'],
    ['{{#a}}{{/b}}', 'TEMPLATE_INVALID'],
    ['{{/a}}', 'TEMPLATE_INVALID'],
    ['{{ }}', 'TEMPLATE_INVALID'],
    ['{{#a}}'.repeat(40), 'TEMPLATE_INVALID'],
  ])('%s is %s', async (template, reason) => {
    await expect(fill(template, {})).rejects.toMatchObject({ reason });
  });

  it('misses a value aloud when asked to, and stops before it grows without bound', async () => {
    await expect(fill('{{a.b}}', {}, { missing: 'error' })).rejects.toMatchObject({ reason: 'VALUE_MISSING', facts: { name: 'a.b' } });
    const list = Array.from({ length: 1_000 }, () => 'x');
    await expect(fill(`{{#a}}{{#a}}${'y'.repeat(100)}{{/a}}{{/a}}`, { a: list })).rejects.toMatchObject({ reason: 'TEXT_TOO_LONG' });
  });
});

describe('text.match', () => {
  it('finds matches with their groups', async () => {
    const input = { text: 'a1 b22', pattern: '([a-z])(\\d+)(x)?' };
    expect(await host.call('text.match', input)).toEqual({
      matches: [
        { text: 'a1', index: 0, groups: ['a', '1', null], named: {} },
        { text: 'b22', index: 3, groups: ['b', '22', null], named: {} },
      ],
    });
  });

  it('a catastrophic pattern answers at once', async () => {
    const before = performance.now();
    expect(await host.call('text.match', { text: `${'a'.repeat(100_000)}!`, pattern: '^(a+)+$' })).toEqual({ matches: [] });
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it.each(['(', '(?=a)', '(a)\\1'])('refuses %s', async (pattern) => {
    await expect(host.call('text.match', { text: 'a', pattern })).rejects.toMatchObject({ reason: 'PATTERN_INVALID' });
  });
});

describe('data.transform', () => {
  const rows = [
    { name: 'b', land: 'fi', eur: 3, tags: ['x', 'y'] },
    { name: 'a', land: 'se', eur: 1, tags: [] },
    { name: 'c', land: 'fi', eur: 2, tags: ['x'] },
  ];
  const run = async (...steps: object[]) => (await host.call<{ rows: object[] }>('data.transform', { rows, steps })).rows;

  it('runs the steps in order', async () => {
    expect(await run({ where: { field: 'land', is: 'eq', value: 'fi' } }, { sort: [{ field: 'eur' }] }, { pick: ['name', 'eur'] })).toEqual(
      [
        { name: 'c', eur: 2 },
        { name: 'b', eur: 3 },
      ],
    );
    expect(
      await run(
        { expand: 'tags' },
        { unique: ['tags'] },
        { omit: ['eur', 'land'] },
        { rename: { tags: 'tag' } },
        { skip: 1 },
        { limit: 1 },
      ),
    ).toEqual([{ name: 'b', tag: 'y' }]);
    expect(await run({ group: { by: ['land'], count: 'n', min: ['eur'], max: ['eur'] } })).toEqual([
      { land: 'fi', n: 2, eur: 3 },
      { land: 'se', n: 1, eur: 1 },
    ]);
    expect(await run({ set: { seen: true } }, { pick: ['seen'] }, { limit: 1 })).toEqual([{ seen: true }]);
  });

  it.each([
    ['ne', 'fi', 1],
    ['in', ['se', 'no'], 1],
    ['contains', 'i', 2],
    ['gt', 'fi', 1],
    ['exists', null, 3],
    ['missing', null, 0],
  ])('where land %s %j keeps %d', async (is, value, count) => {
    expect(await run({ where: { field: 'land', is, value } })).toHaveLength(count);
  });

  it('values of different kinds have no order', async () => {
    expect(await run({ where: { field: 'eur', is: 'lt', value: '9' } })).toEqual([]);
  });

  it('refuses two steps in one, and more rows than there may be', async () => {
    await expect(run({ limit: 1, skip: 1 })).rejects.toMatchObject({ code: 'INVALID' });
    const wide = [{ a: Array.from({ length: 200 }, (_, index) => index), b: Array.from({ length: 200 }, (_, index) => index) }];
    await expect(host.call('data.transform', { rows: wide, steps: [{ expand: 'a' }, { expand: 'b' }] })).rejects.toMatchObject({
      reason: 'ROWS_TOO_MANY',
    });
  });
});

describe('json.query', () => {
  const ask = async (value: unknown, query: string, bindings: object = {}) =>
    (await host.call<{ result: unknown }>('json.query', { value, query, bindings })).result;

  it('asks, with bindings; nothing is null', async () => {
    expect(await ask({ a: [{ n: 1 }, { n: 2 }] }, 'a[n > $least].n', { least: 1 })).toBe(2);
    expect(await ask({ a: 1 }, 'b.c')).toBeNull();
    expect(await ask({ a: [1, 2] }, '$map(a, function($x) { $x * 2 })')).toEqual([2, 4]);
  });

  it('says where a question cannot be read', async () => {
    await expect(ask({}, 'a[')).rejects.toMatchObject({ reason: 'QUERY_INVALID', facts: { position: expect.any(Number) } });
    await expect(ask({ a: 'x' }, 'a * 2')).rejects.toMatchObject({ reason: 'QUERY_INVALID' });
  });

  it('stops a question that recurses or never ends', async () => {
    await expect(ask({}, '($f := function($n) { 1 + $f($n + 1) }; $f(0))')).rejects.toMatchObject({ reason: 'QUERY_TOO_LONG' });
    await expect(ask({}, '($f := function() { $f() }; $f())')).rejects.toMatchObject({ reason: 'QUERY_TOO_LONG' });
  });

  it('reaches nothing but the value', async () => {
    await expect(ask({}, '$constructor("return process")()')).rejects.toMatchObject({ reason: 'QUERY_INVALID' });
    expect(await ask({ a: 1 }, 'a.constructor')).toBeNull();
    expect(await ask({ a: 1 }, '__proto__')).toBeNull();
  });
});

describe('math.evaluate', () => {
  const work = async (expression: string, values: object = {}) =>
    (await host.call<{ result: unknown }>('math.evaluate', { expression, values })).result;

  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['-2 ^ 2', -4],
    ['2 ^ 3 ^ 2', 512],
    ['2 ^ -1', 0.5],
    ['10 % 4 - 1', 1],
    ['.5e1 / 2', 2.5],
    ['round(1.005, 2)', 1.01],
    ['round(-2.5)', -3],
    ['max(1, min(5, 3), sum(1, 1))', 3],
    ['log(8, 2)', 3],
    ['mean(1, 2, 3) == 2', true],
    ['1 > 2', false],
    ['sqrt(16) + abs(-1)', 5],
  ])('%s is %j', async (expression, result) => {
    expect(await work(expression)).toBe(result);
  });

  it('knows the values it is given, and only those', async () => {
    expect(await work('a * b', { a: 2, b: 4 })).toBe(8);
    await expect(work('constructor')).rejects.toMatchObject({ reason: 'NAME_UNKNOWN', facts: { name: 'constructor' } });
    await expect(work('process(1)')).rejects.toMatchObject({ reason: 'EXPRESSION_INVALID' });
  });

  it.each([
    ['1 +', 3],
    ['1 2', 2],
    ['(1', 2],
    ['1 $ 2', 2],
    ['min()', 0],
    ['1 < 2 < 3', 6],
  ])('%s cannot be read at position %d', async (expression, position) => {
    await expect(work(expression)).rejects.toMatchObject({ reason: 'EXPRESSION_INVALID', facts: { position } });
  });

  it('has no answer beyond the finite, and no depth without end', async () => {
    await expect(work('1 / 0')).rejects.toMatchObject({ reason: 'RESULT_NOT_FINITE' });
    await expect(work('sqrt(-1)')).rejects.toMatchObject({ reason: 'RESULT_NOT_FINITE' });
    await expect(work('('.repeat(500) + '1' + ')'.repeat(499))).rejects.toMatchObject({ reason: 'EXPRESSION_INVALID' });
  });
});

describe('http.request', () => {
  let answering: TestHost;
  afterEach(() => answering.close());

  it('hands over status, headers and body', async () => {
    answering = await testHost(
      { folder, start },
      { http: ({ url }) => ({ json: { asked: url.pathname }, headers: { 'content-type': 'application/json' } }) },
    );
    expect(await answering.call('http.request', { url: 'https://api.github.com/repos' })).toMatchObject({
      status: 200,
      ok: true,
      json: { asked: '/repos' },
    });
    expect(answering.calls).toMatchObject([{ method: 'http.fetch', outcome: 'ok', invocation: 'invocation-1' }]);
  });

  it('an answer that is no JSON is text', async () => {
    answering = await testHost({ folder, start }, { http: () => ({ status: 404, text: 'not here' }) });
    expect(await answering.call('http.request', { url: 'https://api.github.com/x' })).toMatchObject({
      status: 404,
      ok: false,
      text: 'not here',
      json: null,
    });
  });

  it('refuses hosts that nobody granted, and says so in its contract', async () => {
    answering = await testHost({ folder, start }, { http: () => ({}) });
    await expect(answering.call('http.request', { url: 'https://example.org/' })).rejects.toMatchObject({
      reason: 'HOST_NOT_ALLOWED',
      facts: { host: 'example.org' },
    });
    answering.revoke('http:https://api.github.com:443');
    await expect(answering.call('http.request', { url: 'https://api.github.com/' })).rejects.toMatchObject({ reason: 'HOST_NOT_ALLOWED' });
    expect(answering.calls.map(({ outcome }) => outcome)).toEqual(['DENIED', 'DENIED']);
  });

  it('tells when the other side is not there', async () => {
    answering = await testHost({ folder, start }, { http: () => Promise.reject(new KariError('UNAVAILABLE', 'connection refused')) });
    await expect(answering.call('http.request', { url: 'https://api.github.com/' })).rejects.toMatchObject({ reason: 'HOST_UNREACHABLE' });
  });
});
