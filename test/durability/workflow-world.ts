// A whole server that runs workflows on a database of its own, all of which may be killed; the effects of the workflows are made at a ledger outside,
// by an extension in its sandbox.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@kari/platform/database/embedded';
import { Client } from 'pg';
import { treeOf } from '../../libs/sandbox/src/launcher/process-tree.adapter.js';
import { eventually, GraphqlCaller, type GraphqlAnswer } from '../support/client.js';
import { tenantAt, type TenantDesk } from '../support/extension-world.js';
import { openGateway, type Gateway } from '../support/gateway.js';
import { startServer, type RunningServer } from '../support/server.js';
import type { OutsideLedger } from './outside-ledger.js';

const EXTENSION = 'monkey.ledger';
const TERMINAL = ['RunCompleted', 'RunFailed', 'RunCancelled'];

export interface RunEnd {
  readonly type: string;
  readonly data: { readonly output?: unknown; readonly error?: { readonly instance?: string } };
}

export class WorkflowWorld {
  private readonly tenants: TenantDesk[] = [];

  private constructor(
    private readonly folder: string,
    private database: EmbeddedDatabase,
    private readonly gateway: Gateway,
    public server: RunningServer,
  ) {}

  static async start(ledger: OutsideLedger): Promise<WorkflowWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'kari-workflow-world-'));
    chmodSync(folder, 0o711);
    writeExtension(join(folder, 'extensions'), ledger.port);
    const database = await startEmbeddedDatabase({ folder: join(folder, 'postgres'), durable: true });
    const gateway = await openGateway();
    gateway.leadTo(database.port);
    return new WorkflowWorld(folder, database, gateway, await serverOn(folder, database, gateway));
  }

  /** The data folder, which every process that belongs to the server names. */
  get data(): string {
    return this.server.data;
  }

  /** A tenant with the extension, and with those workflows active. */
  async tenant(slug: string, documents: readonly object[]): Promise<void> {
    const operator = new GraphqlCaller(this.server.url, { token: this.server.adminToken, tenant: '_' });
    const desk = await tenantAt(operator, slug);
    await operator.data('mutation ($input: OpenPrivateHostInput!) { openPrivateHost(input: $input) { revision } }', {
      input: { host: '127.0.0.1', networks: ['127.0.0.1/32'], tenant: desk.id, reason: 'the ledger of a test' },
    });
    await desk.install(EXTENSION);
    for (const document of documents) {
      const { saveWorkflow } = await desk.caller.data<{ saveWorkflow: { id: string } }>(
        'mutation ($source: String!) { saveWorkflow(source: $source) { id } }',
        { source: JSON.stringify(document) },
      );
      await desk.caller.data('mutation ($id: ID!) { activateWorkflow(id: $id, version: 1) { status } }', { id: saveWorkflow.id });
    }
    this.tenants.push(desk);
  }

  /** Tenants take turns. Asked again with the same key until a server has said yes, as a careful client does. */
  async begin(number: number, workflow: string, input: unknown): Promise<string> {
    const desk = this.tenants[number % this.tenants.length]!;
    const ask = (): Promise<GraphqlAnswer<{ startRun: { id: string } }> | null> =>
      desk.caller
        .at(this.server.url)
        .ask<{ startRun: { id: string } }>('mutation ($input: StartRunInput!) { startRun(input: $input) { id } }', {
          input: { workflow, input, idempotencyKey: `run-${number}` },
        })
        .catch(() => null);
    const answer = await eventually(ask, (said) => said !== null && said.data !== null, 120_000).catch((error: Error) => {
      throw new Error(`${error.message}; the server said: ${this.server.output().slice(-4_000)}`);
    });
    return answer!.data!.startRun.id;
  }

  async killServer(): Promise<void> {
    await this.server.stop('SIGKILL');
  }

  /** The postmaster first: it would end the others in its own order. */
  async killDatabase(): Promise<void> {
    this.gateway.leadTo(null);
    const { pid } = this.database;
    for (const one of [pid, ...treeOf(pid).filter((other) => other !== pid)]) {
      try {
        process.kill(one, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await this.database.stop();
  }

  async startDatabase(): Promise<void> {
    this.database = await startEmbeddedDatabase({ folder: join(this.folder, 'postgres'), durable: true });
    this.gateway.leadTo(this.database.port);
  }

  async startServer(): Promise<void> {
    this.server = await serverOn(this.folder, this.database, this.gateway);
  }

  /** As if the server had stayed dead for longer than a lease lasts. */
  async expireLeases(): Promise<void> {
    await this.rows(`update leases.lease set expires_at = '-infinity'`);
  }

  async rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<readonly T[]> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    try {
      return (await client.query<T>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Every run of the log, by id, with its end; null while it goes on. */
  async runs(): Promise<ReadonlyMap<string, RunEnd | null>> {
    const rows = await this.rows<{ stream: string } & RunEnd>(
      `select stream, type, data from log.events where category = 'workflow.run' and type = any($1) order by position`,
      [['RunStarted', ...TERMINAL]],
    );
    const ends = new Map<string, RunEnd | null>();
    for (const { stream, type, data } of rows) {
      const run = stream.slice(stream.indexOf('~') + 1);
      ends.set(run, type === 'RunStarted' ? null : { type, data });
    }
    return ends;
  }

  /** Until every run there is has ended. */
  allOver(withinMs: number): Promise<ReadonlyMap<string, RunEnd | null>> {
    return eventually(
      () => this.runs(),
      (ends) => [...ends.values()].every((end) => end !== null),
      withinMs,
    );
  }

  async stop(): Promise<void> {
    await this.server.stop('SIGKILL');
    await this.gateway.close();
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function serverOn(folder: string, database: EmbeddedDatabase, { port }: Gateway): Promise<RunningServer> {
  const url = new URL(database.url);
  url.port = String(port);
  const env = {
    DATABASE_URL: url.href,
    KARI_MODE: 'development',
    KARI_LOG_LEVEL: 'error',
    KARI_EXTENSIONS_DIRS: join(folder, 'extensions'),
    KARI_RATE_TENANT: '100000',
    KARI_RATE_TOKEN: '100000',
    KARI_RATE_EXTENSION: '100000',
  };
  return startServer({ data: join(folder, 'data'), env });
}

/** One plugin that books at the ledger, under the key that the engine gives it. */
function writeExtension(folder: string, port: number): void {
  const anything = { type: 'object' };
  const book = {
    description: 'Books an effect at the ledger.',
    version: '1.0.0',
    input: anything,
    output: anything,
    errors: { REFUSED: { description: 'The ledger did not book it.' } },
    effect: 'external',
    idempotent: true,
  };
  const manifest = {
    id: EXTENSION,
    name: EXTENSION,
    version: '1.0.0',
    description: 'Makes effects outside.',
    license: 'Apache-2.0',
    category: 'utilities',
    platform: '*',
    entry: 'src/index.ts',
    permissions: { http: [{ host: '127.0.0.1', port, scheme: 'http', methods: ['POST'], reason: 'The ledger of a test.' }] },
    plugins: { 'ledger.book': book },
  };
  mkdirSync(join(folder, EXTENSION, 'src'), { recursive: true });
  writeFileSync(join(folder, EXTENSION, 'extension.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, EXTENSION, 'src', 'index.ts'),
    `import { extension, PluginError } from '@kari/sdk';
export const start = extension({
  plugins: {
    'ledger.book': async ({ act, run, ...args }: { act: string; run: string }, { http, idempotencyKey: key }) => {
      const booked = await http.fetch('http://127.0.0.1:${port}/', { method: 'POST', json: { key, run, call: act, args } });
      if (!booked.ok) throw new PluginError('REFUSED', 'The ledger said ' + booked.status);
      return booked.json<object>();
    },
  },
});
`,
  );
}

/** The same document, with its effects made by the plugin. */
export function atTheLedger<T>(value: T): T {
  if (Array.isArray(value)) return value.map(atTheLedger) as T;
  if (typeof value !== 'object' || value === null) return value;
  const filled = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, atTheLedger(item)]));
  const { call } = filled;
  if (typeof call !== 'string' || !call.startsWith('sim.')) return filled as T;
  return {
    ...filled,
    call: 'ledger.book@1',
    with: { ...(filled['with'] as object | undefined), act: call, run: '${ $workflow.id }' },
  } as T;
}
