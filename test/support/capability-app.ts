// The real edge, bus, log, views and reactors with the contexts behind the capabilities; installations and sandboxes are played.
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuditModule } from '@kari/audit';
import { AutomationModule } from '@kari/automation';
import { EVENT_DELIVERY, type EventDelivery } from '@kari/automation/contract';
import { DataModule } from '@kari/data';
import { INSTALLATIONS, type Grant, type Installation, type Installations } from '@kari/extension/contract';
import { BUS, type InProcessBus } from '@kari/platform/bus';
import { readConfig } from '@kari/platform/config';
import { prepareDatabase } from '@kari/platform/database';
import { testDatabase } from '@kari/platform/database/testing';
import type { PostgresEventStore } from '@kari/platform/event-store';
import { GraphqlModule } from '@kari/platform/graphql';
import { closeGracefully, configureHttp, HttpModule } from '@kari/platform/http';
import { MIGRATIONS, Registry, type MigrationSet } from '@kari/platform/registry';
import { TelemetryModule } from '@kari/platform/telemetry';
import type { Manifest } from '@kari/protocol/manifest';
import { CAPABILITIES, SANDBOXES, type BrokerCaller, type Capability, type SandboxInvocation } from '@kari/sandbox/contract';
import { ScheduleModule } from '@kari/schedule';
import { SCHEDULE_LIFECYCLE, type ScheduleLifecycle } from '@kari/schedule/contract';
import { SecurityModule } from '@kari/security';
import { Bootstrap, TenancyModule } from '@kari/tenancy';
import { WorkflowModule } from '@kari/workflow';
import { WORKFLOW_LIFECYCLE, type WorkflowLifecycle } from '@kari/workflow/contract';
import type { Lack } from '../../libs/workflow/src/definition/call.rules.js';
import type { WorkflowDocument } from '../../libs/workflow/src/definition/document.js';
import { RUN_DEFINITIONS, type RunDefinition, type RunDefinitions } from '../../libs/workflow/src/run/run-definitions.js';
import { PlatformModule, POSTGRES_LOG } from '../../apps/server/src/platform.module.js';
import { Reacting } from '../../apps/server/src/reacting.js';
import { openRuntime, type Runtime } from '../../apps/server/src/runtime.js';
import { Views } from '../../apps/server/src/views.js';
import { GraphqlCaller } from './client.js';

type Handler = (invocation: SandboxInvocation) => unknown;

/** Which extensions are installed, and what their handlers do. */
class PlayedExtensions implements Installations {
  private readonly installed = new Map<string, Installation>();
  private readonly listeners = new Set<(tenant: string, extension: string) => void>();
  private readonly handlers = new Map<string, Handler>();
  readonly invocations: SandboxInvocation[] = [];

  install(tenant: string, manifest: Manifest, status: Installation['status'] = 'enabled'): void {
    const version = {
      extension: manifest.id,
      version: manifest.version,
      manifest,
      bundleHash: '',
      assets: {},
      trust: 'development',
    } as const;
    this.installed.set(`${tenant} ${manifest.id}`, {
      tenant,
      extension: manifest.id,
      status,
      version,
      grants: grantsOf(manifest),
      revision: 0n,
    });
    for (const listen of this.listeners) listen(tenant, manifest.id);
  }

  handle(extension: string, handler: string, behave: Handler): void {
    this.handlers.set(`${extension} ${handler}`, behave);
  }

  uninstall(tenant: string, extension: string): void {
    this.installed.delete(`${tenant} ${extension}`);
  }

  find = (tenant: string, extension: string): Installation | null => this.installed.get(`${tenant} ${extension}`) ?? null;
  ofTenant = (tenant: string): readonly Installation[] => [...this.installed.values()].filter((one) => one.tenant === tenant);
  onChange = (listen: (tenant: string, extension: string) => void) => (
    this.listeners.add(listen),
    () => void this.listeners.delete(listen)
  );

  async invoke(invocation: SandboxInvocation): Promise<unknown> {
    this.invocations.push(invocation);
    return this.handlers.get(`${invocation.extension} ${invocation.handler}`)?.(invocation) ?? null;
  }
}

@Global()
@Module({})
class PlayedModule {
  static with(extensions: PlayedExtensions): DynamicModule {
    const capabilities = new Registry<Capability>('capability', ({ name }) => name);
    const played = [
      { provide: INSTALLATIONS, useValue: extensions },
      { provide: SANDBOXES, useValue: extensions },
      { provide: CAPABILITIES, useValue: capabilities },
    ];
    return { module: PlayedModule, providers: played, exports: played.map(({ provide }) => provide) };
  }
}

@Module({})
class CapabilityAppModule {
  static register(runtime: Runtime, extensions: PlayedExtensions): DynamicModule {
    return {
      module: CapabilityAppModule,
      imports: [
        TelemetryModule.register({
          useFactory: () => ({ log: { level: 'silent' }, tracing: { endpoint: null, service: 'kari', version: '0' } }),
        }),
        PlatformModule.register(runtime),
        HttpModule.register({ useFactory: () => ({ version: '0', mode: 'development', metricsToken: null }) }),
        GraphqlModule.register({ useFactory: () => ({ graphiql: false, allowedOrigins: [] }) }),
        PlayedModule.with(extensions),
        AuditModule,
        TenancyModule,
        AutomationModule,
        DataModule,
        ScheduleModule,
        SecurityModule,
        WorkflowModule,
      ],
    };
  }
}

/** Workflows that tests may start whatever a validator would say of them, by name; all others are those that were really saved. */
class PlayedWorkflows implements RunDefinitions {
  /** The newest of each name, and every version of it. */
  private readonly played = new Map<string, RunDefinition>();

  constructor(private readonly kept: RunDefinitions) {}

  save(tenant: string, document: WorkflowDocument): void {
    const { name, version } = document.document;
    const definition = { id: name, version, document };
    this.played.set(`${tenant} ${name}`, definition);
    this.played.set(`${tenant} ${name} ${version}`, definition);
  }

  async find(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null> {
    return this.playedIn(tenant, workflow, version) ?? this.kept.find(tenant, workflow, version);
  }

  async saved(tenant: string, workflow: string, version: string | null): Promise<RunDefinition | null> {
    return this.playedIn(tenant, workflow, version) ?? this.kept.saved(tenant, workflow, version);
  }

  async document(tenant: string, workflow: string, version: string): Promise<WorkflowDocument | null> {
    return this.playedIn(tenant, workflow, version)?.document ?? this.kept.document(tenant, workflow, version);
  }

  async lacks(tenant: string, workflow: string, version: string): Promise<readonly Lack[]> {
    return this.playedIn(tenant, workflow, version) === undefined ? this.kept.lacks(tenant, workflow, version) : [];
  }

  async named(tenant: string, namespace: string, name: string, version: string): Promise<RunDefinition | null> {
    return this.playedIn(tenant, name, null) ?? this.kept.named(tenant, namespace, name, version);
  }

  private playedIn(tenant: string, workflow: string, version: string | null): RunDefinition | undefined {
    return this.played.get(version === null ? `${tenant} ${workflow}` : `${tenant} ${workflow} ${version}`);
  }
}

export interface CapabilityApp {
  readonly extensions: PlayedExtensions;
  readonly workflows: PlayedWorkflows;
  /** What a module provides. */
  get<T>(token: Parameters<NestExpressApplication['get']>[0]): T;
  /** The platform operator, on the platform. */
  readonly operator: GraphqlCaller;
  /** A new tenant, with its admin. */
  tenant(slug: string): Promise<{ readonly id: string; readonly admin: GraphqlCaller }>;
  /** Somebody else in it. */
  somebody(tenant: string, ...roles: string[]): Promise<GraphqlCaller>;
  /** A broker call of an extension, as the broker would make it: decided, then performed. */
  broker(tenant: string, extension: string, method: string, request: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export interface CapabilityAppOptions {
  /** A database and a folder of the caller's own, which outlive the app. Default: of the test run, removed at the end. */
  readonly standing?: { readonly ownerUrl: string; readonly folder: string };
  /** What is installed before anything starts. */
  readonly before?: (extensions: PlayedExtensions) => void;
}

export async function startCapabilityApp({ standing, before }: CapabilityAppOptions = {}): Promise<CapabilityApp> {
  const folder = standing?.folder ?? (await mkdtemp(join(tmpdir(), 'kari-capabilities-')));
  const database = standing === undefined ? await testDatabase() : { ownerUrl: standing.ownerUrl, drop: () => Promise.resolve() };
  const runtime = await openRuntime({ ...readConfig({}), dataDir: folder }, database.ownerUrl, '0');
  const extensions = new PlayedExtensions();
  before?.(extensions);
  const app = await NestFactory.create<NestExpressApplication>(CapabilityAppModule.register(runtime, extensions), {
    bodyParser: false,
    logger: false,
  });
  const kept = app.get<RunDefinitions>(RUN_DEFINITIONS);
  const workflows = new PlayedWorkflows({
    find: kept.find.bind(kept),
    saved: kept.saved.bind(kept),
    document: kept.document.bind(kept),
    lacks: kept.lacks.bind(kept),
    named: kept.named.bind(kept),
  });
  Object.assign(kept, {
    find: workflows.find.bind(workflows),
    saved: workflows.saved.bind(workflows),
    document: workflows.document.bind(workflows),
    lacks: workflows.lacks.bind(workflows),
    named: workflows.named.bind(workflows),
  } satisfies RunDefinitions);
  const migrations = app.get<Registry<MigrationSet>>(MIGRATIONS).all();
  await prepareDatabase({
    ownerUrl: database.ownerUrl,
    migrations,
    schemas: ['tenancy', 'audit', 'automation', 'data', 'schedule', 'workflow'],
  });
  const [views, reacting] = [app.get(Views), app.get(Reacting)];
  await views.start();
  configureHttp(app);
  await app.init();
  await reacting.startEverywhere();
  const { token } = await app.get(Bootstrap).bootstrapPlatform({ currentToken: null, demo: false });
  reacting.startLeased();
  const delivery = app.get<EventDelivery>(EVENT_DELIVERY);
  delivery.start();
  const runs = app.get<WorkflowLifecycle>(WORKFLOW_LIFECYCLE);
  await runs.start();
  const schedules = app.get<ScheduleLifecycle>(SCHEDULE_LIFECYCLE);
  await schedules.start();
  await app.listen(0, '127.0.0.1');

  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const operator = new GraphqlCaller(url, { token: token?.value ?? '', tenant: '_' });
  const somebody = async (tenant: string, ...roles: string[]): Promise<GraphqlCaller> => {
    const there = operator.as({ tenant });
    const member = { email: `${roles.join('-')}-${crypto.randomUUID()}@example.test`, name: 'somebody', roles };
    const added = await there.data<{ addMember: { id: string } }>('mutation($i: AddMemberInput!) { addMember(input: $i) { id } }', {
      i: member,
    });
    const input = {
      name: 'test',
      ownerKind: 'MEMBER',
      owner: added.addMember.id,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const issued = await there.data<{ issueToken: { value: string } }>(
      'mutation($i: IssueTokenInput!) { issueToken(input: $i) { value } }',
      { i: input },
    );
    return there.as({ token: issued.issueToken.value });
  };
  return {
    extensions,
    workflows,
    get: (token) => app.get(token),
    operator,
    somebody,
    tenant: async (slug) => {
      const made = await operator.data<{ createTenant: { id: string } }>(
        'mutation($i: CreateTenantInput!) { createTenant(input: $i) { id } }',
        { i: { slug, name: slug } },
      );
      const { id } = made.createTenant;
      return { id, admin: await somebody(id, 'admin') };
    },
    broker: (tenant, extension, method, request) => brokerCall(app, extensions, tenant, extension, method, request),
    stop: async () => {
      await schedules.stop();
      await runs.stop();
      await delivery.stop();
      await reacting.stop();
      await closeGracefully(app, 5_000);
      await app.get<InProcessBus>(BUS).close();
      await views.stop();
      await app.get<PostgresEventStore>(POSTGRES_LOG).close();
      await runtime.close();
      await database.drop();
      if (standing === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function brokerCall(
  app: NestExpressApplication,
  extensions: PlayedExtensions,
  tenant: string,
  extension: string,
  method: string,
  request: unknown,
): Promise<unknown> {
  const [name = '', operationName] = method.split('.');
  const operation = app
    .get<Registry<Capability>>(CAPABILITIES)
    .get(name)
    ?.operations.find((one) => one.name === operationName);
  if (operation === undefined) throw new Error(`there is no ${method}`);
  const scopes = (extensions.find(tenant, extension)?.grants ?? [])
    .filter(({ capability, state }) => capability === name && state === 'granted')
    .map(({ scope }) => scope);
  const parsed: unknown = operation.schema.parse(request);
  const verdict = operation.allows(scopes, parsed);
  if (!verdict.allowed) throw new Error(`denied: ${verdict.why}`);
  const caller: BrokerCaller = {
    tenant,
    extension,
    version: '1.0.0',
    actor: { id: extension, kind: 'extension' },
    correlationId: crypto.randomUUID(),
    depth: 0,
    deadlineMs: 10_000,
    signal: new AbortController().signal,
    scopes,
  };
  return operation.perform(caller, parsed);
}

function grantsOf({ permissions = {} }: Manifest): readonly Grant[] {
  const items = Object.entries(permissions).flatMap(([capability, given]) =>
    (Array.isArray(given) ? (given as object[]) : [given as object]).map((item) => ({ capability, item: item as Record<string, unknown> })),
  );
  return items.map(({ capability, item: { reason: _reason, ...scope } }, index) => ({
    id: `${capability}:${index}`,
    capability,
    scope,
    state: 'granted',
  }));
}

export function manifestOf(id: string, more: Partial<Manifest> = {}): Manifest {
  const about = {
    id,
    name: id,
    version: '1.0.0',
    description: 'for tests',
    license: 'MIT',
    category: 'utilities',
    platform: '*',
    entry: 'src/index.ts',
  } as const;
  return { ...about, ...more };
}
