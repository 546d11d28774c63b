// One extension in two versions whose routes differ, written as an author would keep them.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROUTED = 'fixture.routed';

export interface RoutedVersions {
  readonly folder: string;
  remove(): Promise<void>;
}

const route = (path: string, word: string) => ({
  method: 'GET',
  path,
  description: `Answers ${word}.`,
  response: { const: word },
  rateLimit: { requests: 1_000 },
});

/** 1.0.0 answers `/word` and `/old`, 2.0.0 `/word` and `/new`; `/word` tells which. */
export async function routedVersions(): Promise<RoutedVersions> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-routed-'));
  for (const [word, other] of [
    ['1', 'old'],
    ['2', 'new'],
  ] as const) {
    const path = join(folder, `routed-${word}`);
    await mkdir(join(path, 'src'), { recursive: true });
    const manifest = {
      id: ROUTED,
      name: 'Routed',
      version: `${word}.0.0`,
      description: 'Answers which version it is.',
      license: 'Apache-2.0',
      category: 'utilities',
      platform: '^0.1.0',
      entry: 'src/index.ts',
      http: { routes: { word: route('/word', word), [other]: route(`/${other}`, word) } },
    };
    await writeFile(join(path, 'extension.json'), JSON.stringify(manifest, null, 2));
    await writeFile(
      join(path, 'src/index.ts'),
      `// Answers which version it is.
import { extension } from '@kari/sdk';

export const start = extension({ routes: { word: () => '${word}', ${other}: () => '${word}' } });
`,
    );
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
