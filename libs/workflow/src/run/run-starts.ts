// Starts runs: for people, for triggers, and for other runs. The same key is the same run, however often it is asked for.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  derivedId,
  EVENT_STORE,
  IDS,
  isoNow,
  rejected,
  Rejection,
  type Clock,
  type CommandBus,
  type CommandOutcome,
  type EventStore,
  type Ids,
  type RequestContext,
} from '@kari/kernel';
import { recordedRun } from '../replay/recorded-runs.js';
import { pinsOf } from './pinned-tasks.rules.js';
import { RUN_DEFINITIONS, type RunDefinition, type RunDefinitions } from './run-definitions.js';
import { runStream, SHARDS } from './engine-parts.js';
import type { startRun } from './run.commands.js';
import type { RunEventOf } from './run.events.js';
import type { RunState } from './run-state.rules.js';
import { unsupportedIn } from './unsupported.rules.js';
import type { z } from 'zod';

const DEEPEST = 8;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface RunWish {
  readonly workflow: string;
  readonly version: string | null;
  readonly input: unknown;
  /** Repeating a start with it answers the run of the first one. */
  readonly idempotencyKey: string | null;
  /** For who names its runs itself. */
  readonly run?: string;
  /** Runs that led to it, each by an event it emitted. */
  readonly hops?: number;
  readonly tags?: readonly string[];
}

export interface StartedRun {
  readonly run: string;
  readonly outcome: CommandOutcome<RunState>;
}

type StartData = z.infer<typeof startRun>;

@Injectable()
export class RunStarts {
  constructor(
    @Inject(RUN_DEFINITIONS) private readonly definitions: RunDefinitions,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  start(wish: RunWish, context: RequestContext): Promise<StartedRun> {
    const { tenant, principal } = context;
    const { workflow, version, input, idempotencyKey: key, tags = [] } = wish;
    const run = wish.run ?? (key === null ? this.ids.next() : derivedId('run', tenant, workflow, key));
    const keyed = key === null ? {} : { idempotencyKey: key };
    const more = {
      caller: { kind: principal.kind, id: principal.id },
      ...keyed,
      ...tagged(tags),
      ...(wish.hops === undefined ? {} : { hops: wish.hops }),
    };
    return this.send('StartRun', { run, input, more }, () => this.found(tenant, workflow, version), context);
  }

  /** Another run of the version that one goes by, with its input or another. */
  async fork(of: string, input: unknown, context: RequestContext): Promise<StartedRun> {
    const { tenant, principal } = context;
    const before = UUID.test(of) ? await this.startOf(tenant, of) : null;
    const more = {
      caller: { kind: principal.kind, id: principal.id },
      ...(before === null || before === 'gone' ? {} : { forkedFrom: of }),
    };
    const find = async (): Promise<RunDefinition> => {
      if (before === null) throw rejected('WORKFLOW_RUN_UNKNOWN', { run: of });
      if (before === 'gone') throw rejected('WORKFLOW_HISTORY_GONE', { run: of });
      const { id, version } = before.workflow;
      return this.found(tenant, id, await this.versionNow(tenant, of, version));
    };
    return this.send('ForkRun', { run: this.ids.next(), input: input ?? (before === 'gone' ? null : before?.input), more }, find, context);
  }

  /** A run that repeats one that has ended, in its version or another, and performs nothing. */
  async replay(of: string, version: string | null, context: RequestContext): Promise<StartedRun> {
    const { tenant, principal } = context;
    const more = { caller: { kind: principal.kind, id: principal.id }, kind: 'replay', replayOf: of } as const;
    const find = async () => {
      if (!UUID.test(of)) throw rejected('WORKFLOW_RUN_UNKNOWN', { run: of.slice(0, 100) });
      const documentOf = ({ id, version: at }: StartData['workflow']) => this.definitions.document(tenant, id, at);
      const { start, documents } = await recordedRun(this.store, tenant, of, documentOf);
      const { workflow, input, startedAt, pins } = start;
      const definition = await this.saved(tenant, workflow.id, version ?? workflow.version);
      const versions = [workflow.version, ...documents.keys()];
      if (versions.length > 1 && definition.version !== workflow.version)
        throw rejected('WORKFLOW_RUN_MIGRATED', { run: of, versions: versions.join(' to ') });
      return { ...definition, with: { input, startedAt, ...(pins === undefined ? {} : { pins }) } };
    };
    return this.send('ReplayRun', { run: this.ids.next(), input: {}, more }, find, context);
  }

  /** A run for a trial: the tasks that are pinned are not done, they give what was given here. */
  async test(wish: Omit<RunWish, 'idempotencyKey'>, pins: unknown, context: RequestContext): Promise<StartedRun> {
    const { tenant, principal } = context;
    const more = { caller: { kind: principal.kind, id: principal.id }, kind: 'test' } as const;
    const find = async () => {
      const definition = await this.saved(tenant, wish.workflow, wish.version);
      return { ...definition, with: { pins: pinsOf(definition.document, pins) } };
    };
    return this.send('StartTestRun', { run: this.ids.next(), input: wish.input, more }, find, context);
  }

  /** The run of one planned time. Its id lies apart from those that keys of callers make: nobody can take its place beforehand. */
  async startScheduled(
    { workflow, input, fire }: { readonly workflow: string; readonly input: unknown; readonly fire: string },
    context: RequestContext,
  ): Promise<string> {
    const run = derivedId('scheduled run', context.tenant, fire);
    const more = { caller: { kind: context.principal.kind, id: context.principal.id }, idempotencyKey: fire };
    // What was started for this planned time stays its run, whatever became of the schedule or the workflow since.
    if ((await this.startOf(context.tenant, run)) !== null) return run;
    return (await this.send('StartRun', { run, input, more }, () => this.found(context.tenant, workflow, null), context)).run;
  }

  /** `run` is derived from parent, task and attempt by who asks. */
  startChild(
    run: string,
    of: { readonly namespace: string; readonly name: string; readonly version: string },
    { input, ...more }: Pick<StartData, 'input' | 'caller' | 'hops' | 'kind'> & { readonly parent: NonNullable<StartData['parent']> },
    context: RequestContext,
  ): Promise<StartedRun> {
    const { namespace, name, version } = of;
    const find = async (): Promise<RunDefinition> => {
      const { depth } = more.parent;
      if (depth > DEEPEST) throw rejected('WORKFLOW_DEPTH_EXCEEDED', { workflow: name, depth, limit: DEEPEST });
      const definition = await this.definitions.named(context.tenant, namespace, name, version);
      if (definition === null) throw rejected('WORKFLOW_UNKNOWN', { workflow: `${namespace}/${name}`, version });
      return definition;
    };
    return this.send('StartRun', { run, input, more }, find, context);
  }

  private async send(
    type: 'StartRun' | 'ForkRun' | 'ReplayRun' | 'StartTestRun',
    { run, input, more }: { readonly run: string; readonly input: unknown; readonly more: Pick<StartData, 'caller'> & Partial<StartData> },
    find: () => Promise<RunDefinition & { readonly with?: Partial<StartData> }>,
    context: RequestContext,
  ): Promise<StartedRun> {
    const data: StartData = {
      run,
      input: input ?? {},
      shard: shardOf(run),
      startedAt: isoNow(this.clock),
      ...more,
      ...(await pinned(find)),
    };
    return { run, outcome: await this.bus.send<RunState>({ type, data }, context) };
  }

  private async found(tenant: string, workflow: string, version: string | null): Promise<RunDefinition> {
    const definition = await this.definitions.find(tenant, workflow, version);
    if (definition === null) throw rejected('WORKFLOW_UNKNOWN', { workflow, version: version ?? 'any' });
    return definition;
  }

  private async saved(tenant: string, workflow: string, version: string | null): Promise<RunDefinition> {
    const definition = await this.definitions.saved(tenant, workflow, version);
    if (definition === null) throw rejected('WORKFLOW_UNKNOWN', { workflow, version: version ?? 'any' });
    return definition;
  }

  private async startOf(tenant: string, run: string): Promise<RunEventOf<'RunStarted'>['data'] | 'gone' | null> {
    for await (const event of this.store.readStream(runStream(tenant, run), { limit: 1 })) {
      return event.type === 'RunStarted' ? (event.data as RunEventOf<'RunStarted'>['data']) : 'gone';
    }
    return null;
  }

  private async versionNow(tenant: string, run: string, begunWith: string): Promise<string> {
    let version = begunWith;
    for await (const event of this.store.readStream(runStream(tenant, run))) {
      if (event.type === 'RunMigrated') ({ version } = event.data as RunEventOf<'RunMigrated'>['data']);
    }
    return version;
  }
}

function tagged(tags: readonly string[]): Pick<StartData, 'tags'> {
  return tags.length === 0 ? {} : { tags: [...new Set(tags)] };
}

async function pinned(
  find: () => Promise<RunDefinition & { readonly with?: Partial<StartData> }>,
): Promise<Partial<StartData> & Pick<StartData, 'workflow'>> {
  try {
    const { id, version, document, with: more } = await find();
    const [unsupported] = unsupportedIn(document);
    if (unsupported !== undefined) throw rejected('WORKFLOW_CONSTRUCT_UNSUPPORTED', { ...unsupported });
    return { ...more, workflow: { id, version } };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { workflow: { id: 'none', version: 'none' }, impossible: { code: error.code, facts: error.facts } };
  }
}

function shardOf(run: string): number {
  return Number.parseInt(run.slice(-4), 16) % SHARDS;
}
