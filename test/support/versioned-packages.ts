// Packages of one extension in several versions, written as an author would keep them: each answers which version it is.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const VERSIONED = 'fixture.versioned';

export interface VersionedPackage {
  readonly version: string;
  /** Default: the key-value store with 1,024 bytes. */
  readonly permissions?: Readonly<Record<string, unknown>>;
  /** Lines of the hooks; default: an onUpgrade that does nothing, and healthy until `word.break` was called. */
  readonly hooks?: string;
}

export interface VersionedPackages {
  readonly folder: string;
  remove(): Promise<void>;
}

const operation = (description: string) => ({
  version: '1.0.0',
  description,
  input: { type: 'object', properties: { milliseconds: { type: 'integer', minimum: 0 } }, additionalProperties: false },
  output: { type: 'object', properties: { version: { type: 'string' } }, required: ['version'], additionalProperties: false },
  effect: 'write',
  idempotent: true,
});

export async function versionedPackages(...packages: readonly VersionedPackage[]): Promise<VersionedPackages> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-versions-'));
  for (const { version, permissions, hooks } of packages) {
    const path = join(folder, `versioned-${version}`);
    await mkdir(join(path, 'src'), { recursive: true });
    const manifest = {
      id: VERSIONED,
      name: 'Versioned',
      version,
      description: 'Answers which version it is.',
      license: 'Apache-2.0',
      category: 'utilities',
      platform: '^0.1.0',
      entry: 'src/index.ts',
      permissions: permissions ?? { kv: { bytes: 1_024, reason: 'Keeps a word.' } },
      plugins: {
        'word.say': operation('Answers its version, after a while when asked to.'),
        'word.break': operation('Is not healthy any more.'),
      },
    };
    await writeFile(join(path, 'extension.json'), JSON.stringify(manifest, null, 2));
    await writeFile(join(path, 'src/index.ts'), sourceOf(version, hooks));
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

function sourceOf(version: string, hooks = 'onUpgrade: () => undefined,'): string {
  return `// Answers which version it is.
import { extension } from '@kari/sdk';

let broken = false;
const said = { version: '${version}' };

export const start = extension({
  plugins: {
    'word.say': async ({ milliseconds = 0 }: { milliseconds?: number }) => {
      if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
      return said;
    },
    'word.break': () => {
      broken = true;
      return said;
    },
  },
  onHealthCheck: () => ({ healthy: !broken, reasons: broken ? ['broken on purpose'] : [] }),
  ${hooks}
});
`;
}
