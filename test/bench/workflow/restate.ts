// Restate: its server in a process of its own with its own log on disk (it does not use PostgreSQL), the handlers in this one. Synced writes are
// its default and stay on. Runs are started at its HTTP ingress; what sleeps gives its place up after a second, so that ten thousand can.
import { spawnOwned } from '@kari/platform/process';
import { contend, FIBO, TASKS, work, type Engine, type Workload } from './contender.js';
import { freePort, peer, programOf } from './peers.js';

interface Context {
  run<T>(name: string, step: () => T): Promise<T>;
  sleep(milliseconds: number): Promise<void>;
}

interface Restate {
  service(of: { name: string; handlers: Record<string, (context: Context, input: never) => Promise<unknown>> }): object;
  serve(options: { services: readonly object[]; port: number; logger?: () => void }): Promise<number>;
  readonly RestatePromise: { all<T>(promises: readonly Promise<T>[]): Promise<T[]> };
}

interface Clients {
  connect(options: { url: string }): {
    serviceClient(of: { name: string }): Record<string, (input: unknown) => Promise<unknown>>;
    serviceSendClient(of: { name: string }): Record<string, (input: unknown) => Promise<unknown>>;
  };
}

await contend(open);

async function open(): Promise<Engine> {
  withResolvers();
  const restate = await peer<Restate>('@restatedev/restate-sdk');
  const clients = await peer<Clients>('@restatedev/restate-sdk-clients');
  const sleeping = new Map<string, () => void>();
  const service = restate.service({
    name: 'bench',
    handlers: {
      sequence: async (context, workload: Workload) => {
        let last = 0;
        for (let index = 0; index < TASKS[workload]; index += 1) last = await context.run('step', () => work(FIBO[workload]));
        return last;
      },
      fanOut: (context, workload: Workload) =>
        restate.RestatePromise.all(Array.from({ length: TASKS[workload] }, () => context.run('step', () => work(FIBO[workload])))),
      pause: async (context, { id, milliseconds }: { id: string; milliseconds: number }) => {
        await context.sleep(milliseconds);
        sleeping.get(id)?.();
      },
    },
  });
  const [handlers, ingress, admin, node] = [await freePort(), await freePort(), await freePort(), await freePort()];
  await restate.serve({ services: [service], port: handlers, logger: () => undefined });
  const folder = process.env['BENCH_FOLDER'] ?? '';
  const server = spawnOwned(programOf('restate-server'), ['--no-logo', '--listen-mode', 'tcp', '--base-dir', folder], {
    kind: 'restate',
    cwd: folder,
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      DO_NOT_TRACK: '1',
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LOG_FILTER: 'error',
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: '1s',
      RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: '10000',
    },
  });
  server.stdout?.resume();
  server.stderr?.resume();
  await registered(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${handlers}`);
  const url = `http://127.0.0.1:${ingress}`;
  const client = clients.connect({ url }).serviceClient({ name: 'bench' });
  const sends = clients.connect({ url }).serviceSendClient({ name: 'bench' });
  return {
    run: async (workload) => void (await client[workload === 'fanOut' ? 'fanOut' : 'sequence']?.(workload)),
    wait: async (milliseconds) => {
      const id = crypto.randomUUID();
      const ended = new Promise<void>((resolve) => sleeping.set(id, resolve));
      await sends['pause']?.({ id, milliseconds });
      return { ended };
    },
    close: async () => {
      server.kill();
      await server.exited;
    },
  };
}

/** Its SDK asks for what Node 22 brought. */
function withResolvers(): void {
  (Promise as { withResolvers?: unknown }).withResolvers ??= () => {
    let [resolve, reject]: unknown[] = [];
    const promise = new Promise((given, refused) => ([resolve, reject] = [given, refused]));
    return { promise, resolve, reject };
  };
}

/** The server takes some seconds until it takes handlers. */
async function registered(admin: string, uri: string): Promise<void> {
  for (let left = 120; ; left -= 1) {
    const answer = await fetch(`${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri }),
    }).catch((error: unknown) => error as Error);
    if (answer instanceof Response && answer.ok) return;
    if (left === 0)
      throw new Error(`restate-server takes no handlers: ${answer instanceof Response ? await answer.text() : answer.message}`);
    await new Promise((next) => setTimeout(next, 250));
  }
}
