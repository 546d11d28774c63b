import { expect, it } from '@jest/globals';
import { expectedMedia, isExpected, readMediaType } from './media.rules.js';

it('reads one media type, whatever its case and parameters', () => {
  expect(readMediaType(['Application/JSON; charset=UTF-8'])).toEqual({ essence: 'application/json', isUtf8: true });
  expect(readMediaType(['text/plain;charset="utf8";x=y'])).toEqual({ essence: 'text/plain', isUtf8: true });
  expect(readMediaType(['application/json; charset=utf-16'])).toEqual({ essence: 'application/json', isUtf8: false });
  expect(readMediaType(['application/json; charset=utf-8; charset=utf-7'])).toEqual({ essence: 'application/json', isUtf8: false });
});

it.each([[[]], [['']], [['json']], [['application/json', 'text/plain']], [['application/json, text/plain']], [['a/b/c']]])(
  'reads none from %j',
  (values) => expect(readMediaType(values)).toBeNull(),
);

it.each([
  [undefined, ['application/json']],
  ['json', ['application/json']],
  ['form', ['application/x-www-form-urlencoded']],
  ['text', ['text/plain']],
  ['bytes', ['application/json', 'text/plain', 'image/png', 'application/octet-stream', 'text/html']],
] as const)('a route that reads %s takes no other types', (bodyType, taken) => {
  const sent = [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data',
    'multipart/mixed',
    'image/png',
    'application/octet-stream',
    'text/html',
  ];
  const route = bodyType === undefined ? {} : { bodyType };
  expect(sent.filter((essence) => isExpected(route, { essence, isUtf8: true })).sort()).toEqual([...taken].sort());
  expect(isExpected(route, { essence: expectedMedia(route), isUtf8: true })).toBe(true);
});

it('text in another character set is not taken', () => {
  expect(isExpected({}, { essence: 'application/json', isUtf8: false })).toBe(false);
  expect(isExpected({ bodyType: 'bytes' }, { essence: 'image/png', isUtf8: false })).toBe(true);
});
