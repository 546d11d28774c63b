// One PostgreSQL per run of the tests, shared by its workers, started by whichever asks first.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemTimers } from '../../time/index.js';
import { startEmbeddedDatabase } from '../embedded/index.js';

interface Instance {
  readonly url?: string;
  readonly failure?: string;
}

let known: Promise<string> | null = null;

/** The owner's URL of that server. */
export function testServer(): Promise<string> {
  return (known ??= find());
}

async function find(): Promise<string> {
  const folder = process.env['JEST_DATABASE_FOLDER'];
  if (folder === undefined) throw new Error('no folder for the test database: run this spec with the jest configuration of the repository');
  const file = join(folder, 'instance.json');
  if (isFirst(join(folder, 'starting'))) await start(folder, file);
  while (!existsSync(file)) await systemTimers.sleep(20);
  const instance = JSON.parse(readFileSync(file, 'utf8')) as Instance;
  if (instance.url === undefined) throw new Error(`the test database did not start: ${instance.failure}`);
  return instance.url;
}

async function start(folder: string, file: string): Promise<void> {
  let instance: Instance;
  try {
    const settings = { max_connections: '300', shared_buffers: '128MB', max_wal_size: '4GB' };
    instance = { url: (await startEmbeddedDatabase({ folder: join(folder, 'postgres'), durable: false, settings, keepUp: false })).url };
  } catch (error) {
    instance = { failure: (error as Error).message };
  }
  writeFileSync(`${file}.new`, JSON.stringify(instance), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch {
    return false;
  }
}
