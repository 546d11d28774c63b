import { describe, expect, it } from '@jest/globals';
import { answerKindOf, isScript, readAnswer } from './route-answer.rules.js';

const content = { kind: 'value', value: { a: 1 } };
const read = (value: unknown) => readAnswer(value, 'acme.notes');

describe('an answer', () => {
  it.each([
    ['with content', { status: 200, headers: {}, content }],
    ['with null as its content', { status: 200, headers: {}, content: { kind: 'value', value: null } }],
    ['with bytes', { status: 200, headers: {}, content: { kind: 'bytes', base64: '' } }],
    ['with a stream', { status: 202, headers: {}, content: { kind: 'stream', stream: 3 } }],
    ['that says where the new thing is', { status: 201, headers: { location: '/ext/acme.notes/notes/7?x=1' }, content }],
    ['without content', { status: 204, headers: { etag: '"7"' } }],
    ['that leads on', { status: 303, headers: { location: '/ext/acme.notes' } }],
    ['that refuses', { status: 409, headers: {}, problem: { code: 'NOTE_TAKEN', message: 'It is taken.' } }],
  ])('%s is read', (_name, value) => expect(read(value)).toEqual({ answer: value }));

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['an unknown member', { status: 200, headers: {}, content, cookies: [] }],
    ['no status', { headers: {}, content }],
    ['a status of words', { status: '200', headers: {}, content }],
    ['a status of the platform', { status: 401, headers: {}, problem: { code: 'NO_WAY', message: 'x' } }],
    ['a status that upgrades', { status: 101, headers: {} }],
    ['a status of failure', { status: 500, headers: {}, content }],
    ['no headers', { status: 200, content }],
    ['no content where some must be', { status: 200, headers: {} }],
    ['content of an unknown kind', { status: 200, headers: {}, content: { kind: 'file', path: '/etc/passwd' } }],
    ['content with more in it', { status: 200, headers: {}, content: { kind: 'value', value: 1, path: '/etc/passwd' } }],
    ['content where none may be', { status: 204, headers: {}, content }],
    ['a redirect to nowhere', { status: 302, headers: {} }],
    ['a refusal with content', { status: 409, headers: {}, problem: { code: 'X_Y', message: 'x' }, content }],
    ['a refusal without a code', { status: 409, headers: {}, problem: { message: 'x' } }],
    ['a refusal with a code of words', { status: 409, headers: {}, problem: { code: 'not found', message: 'x' } }],
    ['a refusal with more in it', { status: 409, headers: {}, problem: { code: 'X_Y', message: 'x', stack: 'at' } }],
    ['success that is a problem', { status: 200, headers: {}, problem: { code: 'X_Y', message: 'x' } }],
  ])('with %s is refused', (_name, value) => expect(read(value)).toEqual({ fault: expect.any(String) }));
});

describe('a header', () => {
  it.each([
    'set-cookie',
    'content-type',
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'connection',
    'content-security-policy',
    'x-content-type-options',
    'access-control-allow-origin',
    'cache-control',
    'clear-site-data',
    'refresh',
    'link',
    'service-worker-allowed',
    'www-authenticate',
    'ETag',
    '__proto__',
  ])('%s is the platform\u2019s', (name) => {
    expect(read({ status: 200, headers: Object.fromEntries([[name, 'x']]), content })).toEqual({
      fault: expect.stringContaining('header'),
    });
  });

  it.each(['a\r\nSet-Cookie: x=1', 'a\nb', 'a\0', '\u00e9', '', 'x'.repeat(1_001), 7])('of the value %j is refused', (value) => {
    expect(read({ status: 200, headers: { etag: value }, content })).toEqual({ fault: expect.stringContaining('etag') });
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'notes/7',
    '',
    '/graphql',
    '/ext/acme.other/notes',
    '/ext/acme.notesx',
    '/ext/acme.notes/../acme.other/x',
    '/ext/acme.notes/%2e%2e/x',
    '/ext/acme.notes/a%0d%0ab',
    'javascript:alert(1)',
  ])('location %j leads nowhere', (location) => {
    expect(read({ status: 303, headers: { location } })).toEqual({ fault: expect.any(String) });
  });
});

it('knows how each type is carried', () => {
  expect(
    ['application/json', 'application/ld+json', 'text/csv', 'text/html', 'image/png', 'application/octet-stream'].map(answerKindOf),
  ).toEqual(['json', 'json', 'text', 'text', 'bytes', 'bytes']);
});

it('knows what a page would run', () => {
  const types = ['text/javascript', 'application/ecmascript', 'application/wasm', 'text/css', 'application/manifest+json'];
  expect(types.filter(isScript)).toEqual(types);
  expect(['text/html', 'application/json', 'image/svg+xml', 'text/csv'].filter(isScript)).toEqual([]);
});
