// The guide to tables shows pieces of files that are compiled and tested: each sample stands in the file it names, letter by letter.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { testHost } from '@kari/testkit';

const root = new URL('../../', import.meta.url);
const guide = readFileSync(new URL('docs/guides/data.md', root), 'utf8');
const samples = [...guide.matchAll(/<!-- from: (\S+) -->\n```\w+\n([\s\S]*?)```\n/g)].map(([, file, text]) => ({
  file: file!,
  text: text!,
}));

it('shows no code that is not from a file', () => {
  expect(samples.length).toBeGreaterThan(0);
  expect(samples).toHaveLength([...guide.matchAll(/^```(json|ts)$/gm)].length);
});

it.each(samples)('the sample from $file is in the file', ({ file, text }) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toContain(text);
});

it.each([1, 2])('version %d runs as the bundle that a release would carry', async (version) => {
  const host = await testHost(new URL(`test/guides/library-${version}/`, root));
  try {
    await host.call('book.add', { title: 'Sea' });
    expect(await host.call('book.search', { word: 'Sea' })).toMatchObject({ books: [{ title: 'Sea', copies: 1 }], next: null });
  } finally {
    await host.close();
  }
});
