// An extension whose tasks do what a test asks of them, in two versions.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const TASKER = 'fixture.tasker';

const work = {
  description: 'Does what it is told.',
  input: {
    type: 'object',
    properties: { mode: { enum: ['answer', 'fail', 'wait', 'stubborn', 'large'] }, failures: { type: 'integer' } },
    required: ['mode'],
    additionalProperties: false,
  },
  overlap: 'queue',
};

const versions = {
  '1.0.0': {
    work,
    nightly: { description: 'Comes at night.', cron: '0 3 * * *', timeZone: 'Europe/Helsinki' },
    alone: { description: 'Lets others go.', overlap: 'skip' },
    latest: { description: 'Takes over.', overlap: 'cancel-running' },
    heard: { description: 'Hears of payments.', on: 'acme.shop.paid.v1', overlap: 'queue' },
    guarded: { description: 'Asks for a right.', right: `${TASKER}:work.do` },
  },
  '2.0.0': {
    work: { ...work, retries: 1 },
    hourly: { description: 'Comes every hour.', every: 'PT1H' },
  },
} as const;

const SOURCE = `// Does what it is told.
import { extension } from '@kari/sdk';

const forever = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told to end')), { once: true }));
const wait = async (input, { signal, progress, log, run }) => {
  log.info('waiting', { attempt: run.attempt });
  progress(0.25, 'waiting with apiKey=cnry-note-secret');
  await forever(signal);
};
const all = {
  work: async (input, context) => {
    const { kv, run, idempotencyKey } = context;
    const seen = ((await kv.get(run.id))?.value ?? []);
    await kv.set(run.id, [...seen, idempotencyKey]);
    switch (input.mode) {
      case 'fail':
        if (seen.length < (input.failures ?? 99)) throw new Error('failed with password=cnry-task-secret on purpose');
        return { attempt: run.attempt, keys: [...new Set([...seen, idempotencyKey])] };
      case 'wait':
        return wait(input, context);
      case 'stubborn':
        return new Promise(() => undefined);
      case 'large':
        return 'x'.repeat(70_000);
      default:
        return { cause: run.cause, token: 'cnry-answer-secret' };
    }
  },
  nightly: (_input, { run }) => ({ cause: run.cause, planned: run.plannedAt }),
  hourly: () => 'hourly',
  heard: (event, { run }) => ({ cause: run.cause, ...event }),
  alone: wait,
  latest: wait,
  guarded: () => null,
};

export const start = extension({ tasks: Object.fromEntries(Object.entries(all).filter(([name]) => NAMES.includes(name))) });
`;

export async function taskPackages(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-tasks-'));
  for (const [version, tasks] of Object.entries(versions)) {
    const path = join(folder, `tasker-${version}`);
    await mkdir(join(path, 'src'), { recursive: true });
    const manifest = {
      id: TASKER,
      name: 'Tasker',
      version,
      description: 'Its tasks do what a test asks of them.',
      license: 'Apache-2.0',
      category: 'utilities',
      platform: '^0.1.0',
      entry: 'src/index.ts',
      permissions: {
        kv: { bytes: 65_536, reason: 'Remembers its attempts.' },
        ...('heard' in tasks ? { events: [{ subscribe: tasks.heard.on, reason: 'To hear of payments.' }] } : {}),
      },
      rights: { 'work.do': { description: 'Do the work.', roles: ['admin'] } },
      tasks,
    };
    await writeFile(join(path, 'extension.json'), JSON.stringify(manifest, null, 2));
    await writeFile(join(path, 'src/index.ts'), SOURCE.replace('NAMES', JSON.stringify(Object.keys(tasks))));
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
