// The platform in this process with its log, views, bus and audit; runs are started through the command bus and their ends read from the log.
// Tasks call plugins whose handlers are functions of this process, as they are with the others; the sandbox has figures of its own.
import { EVENT_STORE, idOf, START, type EventStore, type RequestContext } from '@kari/kernel';
import { systemIds } from '@kari/platform/time';
import type { PluginContract } from '@kari/protocol/manifest';
import type { SandboxInvocation } from '@kari/sandbox/contract';
import { RunStarts } from '../../../libs/workflow/src/run/run-starts.js';
import { manifestOf, startCapabilityApp } from '../../support/capability-app.js';

const ENDS = ['RunCompleted', 'RunFailed', 'RunCancelled'];
const EXTENSION = 'acme.bench';

export interface KariOptions {
  /** What a step does. */
  readonly step: (invocation: SandboxInvocation) => unknown;
  /** Of the plugin's contract: whether the start of a step is durable before it is made. */
  readonly effect: PluginContract['effect'];
  /** Where this process follows another one on the same database. */
  readonly tenant?: string;
}

export interface Kari {
  readonly tenant: string;
  save(workflow: string, tasks: object): Promise<void>;
  start(workflow: string, input: unknown, idempotencyKey?: string): Promise<string>;
  /** Rejects when the run ends in any other way than well. */
  end(run: string): Promise<void>;
  stop(): Promise<void>;
}

export async function openKari({ step, effect, tenant: known }: KariOptions): Promise<Kari> {
  const anything = { type: 'object' } as const;
  const contract = { description: 'one step', version: '1.0.0', input: anything, output: anything, effect, idempotent: true };
  const manifest = manifestOf(EXTENSION, { plugins: { 'bench.step': contract } });
  const app = await startCapabilityApp({
    standing: { ownerUrl: process.env['BENCH_DATABASE'] ?? '', folder: process.env['BENCH_FOLDER'] ?? '' },
    before: (extensions) => {
      extensions.handle(EXTENSION, 'plugin:bench.step', step);
      if (known !== undefined) extensions.install(known, manifest);
    },
  });
  const made = known === undefined ? await app.tenant('bench') : null;
  const tenant = known ?? made!.id;
  if (made !== null) app.extensions.install(tenant, manifest);

  const store = app.get<EventStore>(EVENT_STORE);
  const starts = app.get<RunStarts>(RunStarts);
  const waiting = new Map<string, (type: string) => void>();
  const ended = new Map<string, string>();
  store.subscribe({ after: known === undefined ? await store.head() : START, filter: { types: ENDS } }, ({ events }) => {
    for (const { stream, type } of events) {
      const run = idOf(stream);
      const tell = waiting.get(run);
      if (tell === undefined) ended.set(run, type);
      else tell(type);
      waiting.delete(run);
    }
    return Promise.resolve();
  });
  return {
    tenant,
    save: async (workflow, tasks) => {
      const source = JSON.stringify({ document: { dsl: '1.0.0', namespace: 'bench', name: workflow, version: '1.0.0' }, do: tasks });
      await made?.admin.data('mutation($s: String!) { saveWorkflow(source: $s) { id } }', { s: source });
      await made?.admin.data('mutation($w: ID!) { activateWorkflow(id: $w, version: 1) { status } }', { w: workflow });
    },
    start: async (workflow, input, idempotencyKey) => {
      const principal = { id: 'bench', kind: 'user', may: () => true } as const;
      const context: RequestContext = { principal, tenant, correlationId: systemIds.next() };
      return (await starts.start({ workflow, version: null, input, idempotencyKey: idempotencyKey ?? null }, context)).run;
    },
    end: async (run) => {
      const type = ended.get(run) ?? (await new Promise<string>((told) => waiting.set(run, told)));
      ended.delete(run);
      if (type !== 'RunCompleted') throw new Error(`run ${run}: ${type}`);
    },
    stop: () => app.stop(),
  };
}
