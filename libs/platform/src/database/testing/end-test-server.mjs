// Plain JavaScript, because the test runner loads it without its transforms: ends the server of a test folder and removes the folder.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export async function endTestServer(folder) {
  const data = join(folder, 'postgres', 'cluster', 'data');
  const pid = serverOf(data);
  if (pid !== null) {
    process.kill(pid, 'SIGQUIT');
    while (serverOf(data) === pid) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Only a process that says so itself is signalled: its command line names this data folder. */
function serverOf(data) {
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
    const proc = `/proc/${pid}/cmdline`;
    return !existsSync('/proc/self') || readFileSync(proc, 'utf8').includes(data) ? pid : null;
  } catch {
    return null;
  }
}
