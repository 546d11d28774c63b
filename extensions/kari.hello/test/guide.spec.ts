// The guide shows the files of this extension: each sample is the file it names, letter by letter.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const root = new URL('../../../', import.meta.url);
const guide = readFileSync(new URL('docs/guides/your-first-extension.md', root), 'utf8');
const samples = [...guide.matchAll(/<!-- from: (\S+) -->\n```\w+\n([\s\S]*?)```\n/g)].map(([, file, text]) => ({
  file: file!,
  text: text!,
}));

it('the guide has its samples', () => expect(samples).toHaveLength(3));

it.each(samples)('the sample from $file is the file', ({ file, text }) => {
  expect(text).toBe(readFileSync(new URL(file, root), 'utf8'));
});
