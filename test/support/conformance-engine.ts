// The validator and the engine as they are, over a log in memory, for documents that somebody else wrote. Hosts outside are one stand-in on this
// machine, whatever their names.
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { derivedId, handleCommand } from '@kari/kernel';
import { MemoryEventStore, settled } from '@kari/kernel/testing';
import { compileForeignSchema } from '@kari/package';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { Redactor } from '@kari/platform/telemetry';
import { systemClock, systemIds, systemRandom, systemTimers } from '@kari/platform/time';
import { cloudEventCommands } from '../../libs/automation/src/events/cloud-event.definitions.js';
import { LoggedEvents } from '../../libs/automation/src/events/tenant-events.js';
import { CallEffects } from '../../libs/workflow/src/calls/call-effects.js';
import { HttpCalls } from '../../libs/workflow/src/calls/http-calls.js';
import { HttpExchange } from '../../libs/workflow/src/calls/http-exchange.js';
import { OauthTokens } from '../../libs/workflow/src/calls/oauth-tokens.js';
import { OpenapiCalls } from '../../libs/workflow/src/calls/openapi-calls.js';
import { AsyncapiCalls } from '../../libs/workflow/src/calls/asyncapi/asyncapi-calls.js';
import { FetchedDocuments } from '../../libs/workflow/src/calls/fetched-documents.js';
import { GrpcCalls } from '../../libs/workflow/src/calls/grpc/grpc-calls.js';
import { languageRoom } from '../../libs/workflow/src/definition/testing/language-room.js';
import { A as TENANT } from '../../libs/workflow/src/plugins/testing/plugin-room.js';
import { MemoryPlaces } from '../../libs/workflow/src/places/memory-places.adapter.js';
import { runStream, type EngineParts } from '../../libs/workflow/src/run/engine-parts.js';
import { PluginEffects } from '../../libs/workflow/src/run/plugin-effects.js';
import { runDecider } from '../../libs/workflow/src/run/run.decider.js';
import type { RunEvent } from '../../libs/workflow/src/run/run.events.js';
import { RunEngine } from '../../libs/workflow/src/run/run-engine.js';
import { evolveRun, initialRun, isOver, type RunState } from '../../libs/workflow/src/run/run-state.rules.js';
import { ConnectionPools } from '../../libs/security/src/egress/connection-pools.js';
import { Egress } from '../../libs/security/src/egress/egress.js';
import { EgressMeter } from '../../libs/security/src/egress/egress-meter.js';
import { WorkflowEgress } from '../../libs/security/src/egress/workflow-egress.js';
import { workflowHostDecider, workflowHostStream } from '../../libs/security/src/egress/workflow-host.decider.js';

export interface Executed {
  readonly state: RunState;
  /** Names of tasks, in the order in which they were taken up. */
  readonly order: readonly string[];
}

export interface ConformanceEngine {
  /** Throws where the document cannot be saved, or started. */
  execute(source: string, input: unknown): Promise<Executed>;
  stop(): Promise<void>;
}

const SOMEWHERE_PUBLIC = '93.184.216.34';

export async function startConformanceEngine(hosts: readonly string[], answer: RequestListener): Promise<ConformanceEngine> {
  const outside = createServer(answer);
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const { port } = outside.address() as AddressInfo;
  const room = languageRoom();
  const store = new MemoryEventStore({ clock: systemClock });
  const metadata = (commandId: string) =>
    ({ commandId, tenant: TENANT, actor: 'someone', actorKind: 'user', correlationId: commandId, now: new Date().toISOString() }) as const;
  for (const host of hosts) {
    const data = { host, scheme: 'https', port: null, methods: null, reason: 'conformance' } as const;
    await handleCommand(
      store,
      workflowHostDecider,
      workflowHostStream(TENANT),
      { type: 'OpenWorkflowHost', data },
      metadata(systemIds.next()),
    );
  }

  const meter = new EgressMeter(systemClock);
  const resolver = {
    resolve: (host: string) => (hosts.includes(host) ? Promise.resolve([SOMEWHERE_PUBLIC]) : Promise.reject(new Error(host))),
  };
  const connector = { connect: () => Promise.resolve(connect({ host: '127.0.0.1', port })) };
  const pools = new ConnectionPools(connector, meter, systemTimers);
  const secrets = { reveal: () => Promise.reject(new Error('no secret is part of this')) };
  const egress = new WorkflowEgress(new Egress(resolver, pools, meter, secrets, systemTimers, store), room.plugins.installations, store);
  const exchange = new HttpExchange(egress, secrets, room.evaluator, systemRandom, new OauthTokens(systemClock, new Redactor()));
  const fetched = new FetchedDocuments(exchange, systemClock);
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...cloudEventCommands(room.plugins.installations));
  const audit = { record: () => Promise.resolve() };
  const gate = { standing: () => Promise.resolve('open' as const) };
  const events = new LoggedEvents(new StoreCommandBus(commands, store, audit, gate, systemClock, systemIds, systemTimers), store);
  const faults: unknown[] = [];
  const documents = new Map<string, NonNullable<Awaited<ReturnType<typeof room.validate>>['document']>>();
  const parts: EngineParts = {
    worker: 'conformance',
    store,
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    ids: systemIds,
    evaluator: room.evaluator,
    schemaFault: (schema, value) => compileForeignSchema(schema as never).check(value)[0]?.reason ?? null,
    effects: new CallEffects(
      new PluginEffects(room.plugins.plugins, events),
      new HttpCalls(exchange),
      new OpenapiCalls(exchange, fetched),
      new GrpcCalls(exchange, fetched, egress),
      new AsyncapiCalls(exchange, fetched),
    ),
    others: { start: () => Promise.resolve(null), cancel: () => Promise.resolve(null), replace: () => Promise.resolve() },
    places: new MemoryPlaces(),
    moment: () => Promise.resolve(0),
    definitions: { document: (_, { id }) => Promise.resolve(documents.get(id) ?? null) },
    openRuns: { ofShard: () => Promise.resolve([]) },
    onFault: (error) => faults.push(error),
  };
  const engine = new RunEngine(parts);
  await engine.start();
  const lease = new AbortController();
  const owning = engine.own(0, lease.signal);

  return {
    async execute(source, input) {
      const { document, problems, warnings } = await room.validate(source);
      if (document === null || problems.length > 0 || warnings.length > 0) throw new Error(JSON.stringify([...problems, ...warnings]));
      const run = systemIds.next();
      documents.set(run, document);
      const data = {
        run,
        workflow: { id: run, version: '1' },
        input,
        shard: 0,
        startedAt: new Date().toISOString(),
        caller: { kind: 'user', id: 'someone' },
      } as const;
      await handleCommand(store, runDecider, runStream(TENANT, run), { type: 'StartRun', data }, metadata(derivedId('start', run)));
      for (;;) {
        if (faults.length > 0) throw faults[0];
        const executed = await read(store, run);
        if (isOver(executed.state)) return executed;
        await settled();
      }
    },
    async stop() {
      await engine.stop(0);
      lease.abort();
      await owning;
      pools.onModuleDestroy();
      await room.close();
      outside.closeAllConnections();
      await new Promise((resolve) => outside.close(resolve));
    },
  };
}

async function read(store: MemoryEventStore, run: string): Promise<Executed> {
  let state = initialRun;
  const order: string[] = [];
  for await (const event of store.readStream(runStream(TENANT, run))) {
    const fact = event as unknown as RunEvent;
    if (fact.type === 'TaskScheduled' && fact.data.parent !== null) order.push(fact.data.name);
    state = evolveRun(state, fact);
  }
  return { state, order };
}
