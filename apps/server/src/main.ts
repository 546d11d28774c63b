// The process: starts one server, ends it in order on SIGINT or SIGTERM, says in one line why it cannot start.
import 'reflect-metadata';
import { lineFor } from './startup/refusal.js';
import { startServer, type RunningServer } from './server.js';

let stopping = false;
const starting = startServer(process.env);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());

try {
  const { announcement } = await starting;
  if (!stopping) process.stdout.write(`\n${announcement}`);
} catch (error) {
  const line = lineFor(error);
  process.stderr.write(
    line === null ? `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n` : `Kari cannot start. ${line}\n`,
  );
  process.exit(1);
}

/** A second signal while stopping ends the process at once. */
async function stop(): Promise<void> {
  if (stopping) process.exit(130);
  stopping = true;
  const server: RunningServer | null = await starting.catch(() => null);
  try {
    await server?.stop();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`Kari stopped, but not in order: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
