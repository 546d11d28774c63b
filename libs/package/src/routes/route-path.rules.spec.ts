import { describe, expect, it } from '@jest/globals';
import { byPrecision, matchTemplate, readPath, templateOf } from './route-path.rules.js';

describe('the path of a request', () => {
  it('is decoded once, part by part', () => {
    expect(readPath('/')).toEqual({ parts: [] });
    expect(readPath('/notes/a%20b/50%25')).toEqual({ parts: ['notes', 'a b', '50%'] });
    expect(readPath('/n%C3%B6te/...')).toEqual({ parts: ['n\u00f6te', '...'] });
  });

  it.each([
    ['no slash at first', 'notes'],
    ['an empty part', '/notes//1'],
    ['an empty end', '/notes/'],
    ['one that stays', '/notes/./1'],
    ['one that climbs', '/notes/../secret'],
    ['one that climbs in disguise', '/notes/%2e%2E/secret'],
    ['half a disguise', '/notes/.%2e/secret'],
    ['a hidden slash', '/notes/a%2fb'],
    ['a hidden backslash', '/notes/a%5Cb'],
    ['a plain backslash', '/notes/a\\b'],
    ['a zero byte', '/notes/a%00'],
    ['a line break', '/notes/a%0d%0aSet-Cookie:x'],
    ['a mark that turns the reading direction', '/notes/%E2%80%AEa'],
    ['two layers of escapes', '/notes/%252e%252e'],
    ['two layers of a slash', '/notes/a%252fb'],
    ['an escape that is none', '/notes/%zz'],
    ['half an escape', '/notes/%a'],
    ['bytes that are not UTF-8', '/notes/%c0%ae%c0%ae'],
    ['too many parts', '/a'.repeat(33)],
  ])('with %s is refused', (_name, path) => expect(readPath(path)).toEqual({ refused: expect.any(String) }));
});

describe('a template', () => {
  it('takes the parts that vary', () => {
    expect(matchTemplate(templateOf('/notes/{id}/lines/{line}'), ['notes', '7', 'lines', '__proto__'])).toEqual(
      Object.fromEntries([
        ['id', '7'],
        ['line', '__proto__'],
      ]),
    );
    expect(matchTemplate(templateOf('/'), [])).toEqual({});
  });

  it.each([
    ['another case', ['Notes', '7']],
    ['another length', ['notes']],
    ['another word', ['note', '7']],
  ])('does not take %s', (_name, parts) => expect(matchTemplate(templateOf('/notes/{id}'), parts)).toBeNull());

  it('that says more comes first', () => {
    const sorted = ['/{a}/{b}', '/{a}/x', '/n/{b}', '/n/x'].map(templateOf).sort(byPrecision);
    expect(sorted).toEqual(['/n/x', '/n/{b}', '/{a}/x', '/{a}/{b}'].map(templateOf));
  });
});
