// The guide shows the files of this extension: each sample is the file it names, letter by letter, or a part of it.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const root = new URL('../../../', import.meta.url);
const guide = readFileSync(new URL('docs/guides/http-apis.md', root), 'utf8');
const samples = [...guide.matchAll(/<!-- (from|part of): (\S+) -->\n```\w+\n([\s\S]*?)```\n/g)].map(([, how, file, text]) => ({
  how: how!,
  file: file!,
  text: text!,
}));

it('the guide has its samples', () => expect(samples).toHaveLength(3));

it.each(samples)('the sample $how $file is the file', ({ how, file, text }) => {
  const whole = readFileSync(new URL(file, root), 'utf8');
  if (how === 'from') expect(text).toBe(whole);
  else expect(whole).toContain(text);
});
