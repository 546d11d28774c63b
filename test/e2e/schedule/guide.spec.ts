// The guide to background tasks shows files of this repository: each sample is the file it names, letter by letter.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { generateTypes } from '@kari/package';
import type { Manifest } from '@kari/protocol/manifest';

const root = new URL('../../../', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const samples = [...textOf('docs/guides/tasks.md').matchAll(/<!-- from: (\S+) -->\n```\w+\n([\s\S]*?)```\n/g)].map(([, file, text]) => ({
  file: file!,
  text: text!,
}));

it('the guide has its samples', () => expect(samples).toHaveLength(3));

it.each(samples)('the sample from $file is the file', ({ file, text }) => {
  expect(text).toBe(textOf(file));
});

it('the types of the sample are those of its manifest', () => {
  const bare = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('; }', ' }');
  const folder = 'test/fixtures/samples/sample.sweeper';
  const made = generateTypes(JSON.parse(textOf(`${folder}/extension.json`)) as Manifest);
  expect(bare(textOf(`${folder}/src/extension.types.ts`))).toBe(bare(made));
});
