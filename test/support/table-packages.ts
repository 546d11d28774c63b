// Packages of one extension that keeps tables, in several layouts, written as an author would keep them: its plugin asks its tables whatever
// it is told to.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManifestData } from '@kari/protocol/manifest';
import type { VersionedPackages } from './versioned-packages.js';

export const TABLES = 'fixture.tables';

export interface TablePackage {
  readonly version: string;
  readonly data: ManifestData;
  /** Lines of the hooks; default: an onUpgrade that does nothing. */
  readonly hooks?: string;
}

export async function tablePackages(...packages: readonly TablePackage[]): Promise<VersionedPackages> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-tables-'));
  for (const { version, data, hooks } of packages) {
    const path = join(folder, `tables-${version}`);
    await mkdir(join(path, 'src'), { recursive: true });
    await writeFile(join(path, 'extension.json'), JSON.stringify(manifestOf(version, data), null, 2));
    await writeFile(join(path, 'src/index.ts'), sourceOf(hooks));
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

function manifestOf(version: string, data: ManifestData): Readonly<Record<string, unknown>> {
  const reason = 'What is told is kept there.';
  return {
    id: TABLES,
    name: 'Tables',
    version,
    description: 'Keeps rows, and asks its tables what it is told to.',
    license: 'Apache-2.0',
    category: 'utilities',
    platform: '^0.1.0',
    entry: 'src/index.ts',
    permissions: {
      data: Object.keys(data.collections)
        .filter((collection) => collection !== 'closed')
        .map((collection) => ({ collection, access: collection === 'readable' ? 'read' : 'write', reason })),
    },
    data,
    plugins: {
      'table.ask': {
        version: '1.0.0',
        description: 'Asks a collection.',
        input: {
          type: 'object',
          properties: { collection: { type: 'string' }, act: { type: 'string' }, args: { type: 'array' }, alone: { type: 'boolean' } },
          required: ['collection', 'act', 'args'],
          additionalProperties: false,
        },
        output: { type: 'object' },
        effect: 'write',
        idempotent: false,
      },
    },
  };
}

function sourceOf(hooks = 'onUpgrade: () => undefined,'): string {
  return `// Asks its tables what it is told to.
import { BaseExtension, defineExtension, KariError, type Data, type AnyExtension } from '@kari/sdk';

interface Question {
  readonly collection: string;
  readonly act: 'get' | 'find' | 'count' | 'aggregate' | 'insert' | 'update' | 'delete' | 'write';
  readonly args: readonly unknown[];
  readonly alone?: boolean;
}

async function asked({ collection, act, args }: Question, data: Data<AnyExtension>): Promise<unknown> {
  const table = data.table(collection) as unknown as Record<string, (...of: readonly unknown[]) => Promise<unknown>>;
  try {
    return { answer: act === 'write' ? await data.write(args as never) : await table[act]!(...args), code: null, reason: null };
  } catch (error) {
    if (!(error instanceof KariError)) throw error;
    return { answer: null, code: error.code, reason: error.reason ?? null };
  }
}

class Tables extends BaseExtension {
  override readonly provides = {
    'table.ask': (question: Question, context: { data: Data<AnyExtension> }) => asked(question, question.alone === true ? this.data : context.data),
  };
}
void Tables;
export const start = defineExtension(
  class extends Tables {
    ${hooks.replace(/^onUpgrade: \(\) => undefined,$/, 'override onUpgrade() {}')}
  },
);
`;
}
