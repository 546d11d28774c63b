import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { codes } from '@kari/protocol';
import { expectedProblems, goldenNames, goldenText } from '../testing/manifests.js';
import { checkManifest, demandManifest } from './check-manifest.js';

const told = (text: string) =>
  checkManifest(text).problems.map(({ code, pointer, line, column }) => `${line}:${column} ${code} ${pointer}`);

describe('golden manifests', () => {
  const expected = expectedProblems();

  it('each has its expectation', () => {
    expect(Object.keys(expected).sort()).toEqual(goldenNames());
  });

  it.each(goldenNames())('%s', (name) => {
    expect(told(goldenText(name))).toEqual(expected[name]);
  });

  it('every problem says why and what to do, in words, under a code of the catalogue', () => {
    for (const name of goldenNames()) {
      for (const { code, reason, fix } of checkManifest(goldenText(name)).problems) {
        expect(Object.keys(codes)).toContain(code);
        expect(reason).toMatch(/^.{10,300}$/);
        expect(fix).toMatch(/^.{3,700}$/);
        expect(`${reason} ${fix}`).not.toMatch(/undefined|\[object/);
      }
    }
  });
});

describe('checkManifest', () => {
  it('names the nearest key and value', () => {
    const fixes = Object.fromEntries(checkManifest(goldenText('refused-unknown-keys')).problems.map(({ pointer, fix }) => [pointer, fix]));
    expect(fixes['/licence']).toBe('Did you mean "license"?');
    expect(fixes['/permissions/htp']).toBe('Did you mean "http"?');
    expect(fixes['/plugins/note.create/exmples']).toBe('Did you mean "examples"?');
  });

  it('reports all problems at once, in the order of the text', () => {
    const { problems } = checkManifest(goldenText('refused-permissions'));
    expect(problems.length).toBeGreaterThan(10);
    const places = problems.map(({ line, column }) => line * 1_000 + column);
    expect(places).toEqual([...places].sort((left, right) => left - right));
  });

  it('leaves out the consequences of a section that is already wrong', () => {
    const text = goldenText('accepted-full').replace('"permissions": {', '"permissions": { "typo": 1,');
    expect(told(text)).toEqual(['45:20 PACKAGE_MANIFEST_UNKNOWN_KEY /permissions/typo']);
  });

  it('a byte order mark is read over; lines count from 1 also with CRLF', () => {
    expect(told(`\ufeff${goldenText('accepted-minimal')}`)).toEqual([]);
    expect(told(goldenText('refused-duplicate-key').replaceAll('\n', '\r\n'))).toEqual(['4:3 PACKAGE_MANIFEST_DUPLICATE /id']);
  });

  it('judges the platform range by the version it is asked about', () => {
    const text = goldenText('accepted-minimal').replace('"*"', '"^1.0.0"');
    expect(told(text)).toEqual(['8:15 PACKAGE_MANIFEST_PLATFORM /platform']);
    expect(checkManifest(text, { platform: '1.4.0' }).problems).toEqual([]);
    expect(checkManifest(text, { platform: '1.0.0-beta.1' }).problems).toHaveLength(1);
  });

  it.each([
    ['257 KiB', `{"name":"${'x'.repeat(257 * 1024)}"}`],
    ['100,000 brackets', '['.repeat(100_000)],
    ['brackets behind a comment that opens a quote', `/*"*/${'['.repeat(100_000)}`],
    ['100,000 braces', '{"a":'.repeat(100_000)],
  ])('%s is refused before it is parsed', (_name, text) => {
    expect(checkManifest(text).problems).toMatchObject([{ code: expect.stringMatching(/PACKAGE_MANIFEST_(SIZE|SYNTAX)/) }]);
  });

  it('20,000 unknown keys give 200 problems and the number of the rest', () => {
    const text = JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 0])));
    expect(checkManifest(text)).toMatchObject({ problems: { length: 200 }, omitted: 20_008 - 200 });
  });

  it('demandManifest throws one refusal that carries them all', () => {
    const attempt = () => demandManifest(goldenText('refused-versions'));
    expect(attempt).toThrow(Rejection);
    try {
      attempt();
    } catch (error) {
      expect((error as Rejection).facts).toMatchObject({ extension: 'acme.notes', count: 6, line: 4, problems: { length: 6 } });
    }
  });
});
