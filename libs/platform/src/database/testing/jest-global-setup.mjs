// Gives one run of the tests a folder for its database; the first spec that asks for a database starts it there.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endTestServer } from './end-test-server.mjs';

const PREFIX = 'kari-test-database-';

export default async function setUp() {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (name.startsWith(PREFIX) && !isRunning(folder)) await endTestServer(folder);
  }
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o711);
  writeFileSync(join(folder, 'run.pid'), String(process.pid));
  process.env.JEST_DATABASE_FOLDER = folder;
}

/** A run that was killed had no teardown: the next one tidies up behind it. */
function isRunning(folder) {
  try {
    process.kill(Number(readFileSync(join(folder, 'run.pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
