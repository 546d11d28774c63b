// Two extensions whose next versions bear only each other, written as an author would keep them.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const TWINS = ['fixture.elder', 'fixture.younger'] as const;

/** Versions 1.0.0 and 2.0.0 of both, in that folder; the trial of the new ones takes a moment. */
export async function twinPackages(folder: string): Promise<void> {
  const [elder, younger] = TWINS;
  for (const major of [1, 2]) {
    await pack(folder, elder, major, major === 1 ? {} : { conflicts: { [younger]: `<${major}.0.0` } });
    await pack(folder, younger, major, { extensions: { [elder]: `^${major}.0.0` } });
  }
}

async function pack(folder: string, id: string, major: number, dependencies: object): Promise<void> {
  const path = join(folder, `${id}-${major}`);
  await mkdir(join(path, 'src'), { recursive: true });
  const manifest = {
    id,
    name: id,
    version: `${major}.0.0`,
    description: 'One of two that change together.',
    license: 'Apache-2.0',
    category: 'utilities',
    platform: '^0.1.0',
    entry: 'src/index.ts',
    dependencies,
  };
  await writeFile(join(path, 'extension.json'), JSON.stringify(manifest, null, 2));
  await writeFile(
    join(path, 'src/index.ts'),
    `// Does nothing, slowly enough to be killed in it.
import { extension } from '@kari/sdk';

export const start = extension({ onUpgrade: () => new Promise((resolve) => setTimeout(resolve, 300)) });
`,
  );
}
