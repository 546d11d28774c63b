import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { values } from '../expression/testing/generated-programs.js';
import { readDocument, textLimits, writeDocument } from './document-text.js';

const codes = (source: string) => readDocument(source).findings.map(({ code }) => code);

describe('the text of a document', () => {
  it.each(['yaml', 'json'] as const)('comes back from %s as it went in', (format) => {
    const plain = values.filter((value) => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, (value) => {
        const read = readDocument(writeDocument({ value }, format));
        expect(read.findings).toEqual([]);
        expect(read.value).toEqual({ value });
      }),
      { numRuns: 300 },
    );
  });

  it('knows where everything stands, in YAML and in JSON', () => {
    const yaml = readDocument('a: 1\nb:\n  - c: x\n    "d/e": [1, {f: 2}]\n');
    expect(yaml.value).toEqual({ a: 1, b: [{ c: 'x', 'd/e': [1, { f: 2 }] }] });
    expect(yaml.locate({ pointer: '/b/0/d~1e/1/f' })).toEqual({ line: 4, column: 20 });
    expect(yaml.locate({ pointer: '/b/0/d~1e/1/f', atKey: true })).toEqual({ line: 4, column: 17 });
    expect(yaml.locate({ pointer: '/b/0/missing' })).toEqual({ line: 3, column: 5 });
    const json = readDocument('{\n  "a": {\n    "b": 2\n  }\n}');
    expect(json.locate({ pointer: '/a/b' })).toEqual({ line: 3, column: 10 });
  });

  it('says where the text itself is wrong', () => {
    const broken = readDocument('a: 1\nb: [1, 2\n');
    expect(broken.findings).toMatchObject([{ code: 'WORKFLOW_DOCUMENT_SYNTAX' }]);
    expect(broken.locate({ pointer: '' }).line).toBeGreaterThan(1);
  });

  it.each([
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['a key twice', 'a: 1\na: 2\n'],
    ['a custom tag', 'a: !!js/function "x"\n'],
    ['a number that JSON does not have', 'a: .inf\n'],
    ['a name of every object', '{"__proto__": {"polluted": true}}'],
    ['a key that is no text', '? [1]\n: 2\n'],
    ['NUL', 'a: "\\0"\n'],
  ])('refuses %s', (_, source) => {
    expect(codes(source)).toEqual(['WORKFLOW_DOCUMENT_SYNTAX']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['length', `a: ${'x'.repeat(textLimits.characters)}`],
    ['nesting in brackets', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['nesting in lines', Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['values', `a: [${'1,'.repeat(30_000)}]`],
    [
      'aliases that grow',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]!},`.repeat(9)}]`)
        .join('\n')}`,
    ],
  ])('is bounded in %s', (_, source) => {
    expect(codes(source)).toEqual(['WORKFLOW_DOCUMENT_SIZE']);
  });

  it('takes an alias as what it stands for', () => {
    expect(readDocument('a: &x {n: 1}\nb: *x\n').value).toEqual({ a: { n: 1 }, b: { n: 1 } });
  });
});
