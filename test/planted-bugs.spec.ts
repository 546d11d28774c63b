// What `npm run check planted` finds in a planted bug that no longer fits the sources.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

interface Bug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly test: string;
  readonly pattern: string;
  readonly titles?: string;
}
interface PlantedBugs {
  faultsOf(bug: Partial<Bug>, read: (path: string) => string | null): readonly string[];
  namedTwice(bugs: readonly Bug[]): readonly string[];
}

const { faultsOf, namedTwice } = (await import(
  pathToFileURL(resolve(import.meta.dirname, '../scripts/lib/planted-bugs.mjs')).href
)) as PlantedBugs;

const tree: Readonly<Record<string, string>> = {
  'a.ts': 'if (full) stop();\nif (empty) wait();\nwait();\n',
  'a.spec.ts': `import { describe, it } from '@jest/globals';
import { cases } from './cases.js';
describe('X-01 a queue', () => {
  it('stops when it is full', () => undefined);
  it.each(cases)('case %#: %s is refused', () => undefined);
});
// it('waits when it is empty', () => undefined);`,
  'cases.ts': `export const cases = [['a stranger'], ['a thief']];`,
  'queue.feature': 'a visitor',
};
const read = (path: string): string | null => tree[path] ?? null;
const sound: Bug = {
  name: 'never-full',
  file: 'a.ts',
  find: 'if (full)',
  replace: 'if (false)',
  test: 'a.spec.ts',
  pattern: 'a queue stops when it is full',
};

describe('a planted bug', () => {
  it.each([
    ['the whole title', 'X-01 a queue stops when it is full'],
    ['a part, in other letters', 'STOPS WHEN'],
    ['two parts', 'X-01.*is full'],
    ['a case by its number', 'case 1:'],
    ['a case by its words', 'case 0: a thief is'],
  ])('is sound when its pattern is %s', (_, pattern) => {
    expect(faultsOf({ ...sound, pattern }, read)).toEqual([]);
  });

  it.each<[string, Partial<Bug>, string]>([
    ['its file has gone', { file: 'b.ts' }, 'there is no b.ts'],
    ['what it looks for has gone', { find: 'if (fuller)' }, 'what it looks for stands 0 times in a.ts: "if (fuller)"'],
    ['what it looks for stands twice', { find: 'wait();' }, 'what it looks for stands 2 times in a.ts: "wait();"'],
    ['it changes nothing', { replace: 'if (full)' }, 'changes nothing'],
    ['its test has gone', { test: 'b.spec.ts' }, 'there is no b.spec.ts'],
    ['its title has gone', { pattern: 'stops when it is fuller' }, 'no test of a.spec.ts is named stops when it is fuller'],
    ['its title stands in a comment alone', { pattern: 'waits when' }, 'no test of a.spec.ts is named waits when'],
    ['its title names a case that is not there', { pattern: '0: a visitor' }, 'no test of a.spec.ts is named 0: a visitor'],
    ['its parts come in another order', { pattern: 'full.*X-01' }, 'no test of a.spec.ts is named full.*X-01'],
    ['its data has gone', { titles: 'b.feature' }, 'there is no b.feature'],
    ['its pattern is a riddle', { pattern: 'stops|waits' }, 'its pattern is not words with .* between them: stops|waits'],
  ])('is told when %s', (_, change, fault) => {
    expect(faultsOf({ ...sound, ...change }, read)).toEqual([fault]);
  });

  it('is told when it is not whole', () => {
    expect(faultsOf({ name: 'never-full', file: 'a.ts' }, read)).toEqual(['has no find, replace, test, pattern']);
  });

  it('finds its title in the data that it names', () => {
    expect(faultsOf({ ...sound, pattern: '0: a visitor', titles: 'queue.feature' }, read)).toEqual([]);
  });

  it('has a name of its own', () => {
    expect(namedTwice([sound, { ...sound, name: 'other' }, sound])).toEqual(['never-full']);
  });
});
