// Everything above the database. The order is this file's reason: what others rely on starts before them and ends after them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { EVENT_DELIVERY, type EventDelivery } from '@kari/automation/contract';
import { EXTENSION_RUNTIME, type ExtensionRuntime, type ScanReport } from '@kari/extension/contract';
import type { Config } from '@kari/platform/config';
import { KEYS, type Keys } from '@kari/platform/crypto';
import { prepareDatabase, withoutPassword, type EmbeddedDatabase } from '@kari/platform/database';
import type { PostgresEventStore } from '@kari/platform/event-store';
import { BUS, type InProcessBus } from '@kari/platform/bus';
import { LEASES, type Leases } from '@kari/platform/leases';
import { closeGracefully, configureHttp, Health } from '@kari/platform/http';
import { MIGRATIONS, PROJECTIONS, type AnyProjection, type MigrationSet, type Registry } from '@kari/platform/registry';
import { LOGGER, nestLogger, type Logger } from '@kari/platform/telemetry';
import { systemClock } from '@kari/platform/time';
import { platformVersion } from '@kari/protocol/manifest';
import { SANDBOX_LIFECYCLE, type SandboxLifecycle } from '@kari/sandbox/contract';
import { SCHEDULE_LIFECYCLE, TASK_LIFECYCLE, type ScheduleLifecycle, type TaskLifecycle } from '@kari/schedule/contract';
import { Bootstrap, type BootstrapResult } from '@kari/tenancy';
import { WORKFLOW_LIFECYCLE, type WorkflowLifecycle } from '@kari/workflow/contract';
import { POSTGRES_LOG } from './platform.module.js';
import { Reacting } from './reacting.js';
import { openRuntime, type Runtime } from './runtime.js';
import { ServerModule } from './server.module.js';
import { announcementOf } from './startup/announce.js';
import type { DataFolder } from './startup/data-folder.js';
import { Samples } from './startup/samples.js';
import { StopTime } from './startup/stop-time.js';
import type { Undo } from './startup/undo.js';
import { Views } from './views.js';

const TOKEN_FILE = 'admin-token';
const SERVER_FILE = 'server.json';

export interface Ground {
  readonly config: Config;
  readonly folder: DataFolder;
  /** Null where the operator gave a database. */
  readonly embedded: EmbeddedDatabase | null;
  /** When the start began, on the monotonic clock. */
  readonly started: number;
}

/** Answers what to tell the operator once requests are served. */
export async function startApplication({ config, folder, embedded, started }: Ground, undo: Undo): Promise<string> {
  const ownerUrl = embedded?.url ?? config.databaseUrl ?? '';
  const runtime = await openRuntime(config, ownerUrl, platformVersion);
  undo.add(() => runtime.close());

  const app = await NestFactory.create<NestExpressApplication>(ServerModule.register(runtime), { bodyParser: false, bufferLogs: true });
  const logger = app.get<Logger>(LOGGER);
  app.useLogger(nestLogger(logger));
  embedded?.onFault((error, what) => logger.warn({ error }, what));
  undo.add(() => app.get<PostgresEventStore>(POSTGRES_LOG).close());
  const lifecycle = app.get<SandboxLifecycle>(SANDBOX_LIFECYCLE);
  undo.add(() => lifecycle.end());
  // Needs no database, and mostly waits for processes of its own.
  lifecycle.prepare();
  await migrate(app, runtime);
  await rewrapKeys(app, runtime, logger);

  const views = app.get(Views);
  const reacting = app.get(Reacting);
  undo.add(() => app.get<Leases>(LEASES).stop());
  await views.start();
  undo.add(() => views.stop());
  undo.add(() => app.get<InProcessBus>(BUS).close());
  configureHttp(app);
  const stop = new StopTime(config.stopSeconds * 1_000, systemClock);
  undo.add(() => closeGracefully(app, stop.leftMilliseconds));
  await app.init();
  await reacting.startEverywhere();
  undo.add(() => reacting.stop());

  const extensions = app.get<ExtensionRuntime>(EXTENSION_RUNTIME);
  const first = await app.get(Bootstrap).bootstrapPlatform({ currentToken: readToken(folder), demo: config.mode === 'development' });
  if (first.token !== null) folder.write(TOKEN_FILE, `${first.token.value}\n`);
  await extensions.ready();
  const [scan] = await Promise.all([extensions.scan(), lifecycle.begin()]);
  const delivery = app.get<EventDelivery>(EVENT_DELIVERY);
  delivery.start();
  const tasks = app.get<TaskLifecycle>(TASK_LIFECYCLE);
  await tasks.start();
  // Whoever waits for a sandbox is answered within its grace: nothing that ends after this waits for one any more.
  undo.add(async () => {
    app.get(Health).leave();
    stop.begin();
    await Promise.all([delivery.stop(), tasks.stop(), lifecycle.end(stop.sandboxMilliseconds)]);
  });
  const runs = app.get<WorkflowLifecycle>(WORKFLOW_LIFECYCLE);
  await runs.start();
  undo.add(() => runs.stop());
  const schedules = app.get<ScheduleLifecycle>(SCHEDULE_LIFECYCLE);
  await schedules.start();
  undo.add(() => schedules.stop());
  reacting.startLeased();
  await extensions.start();
  const running = first.demo === null || config.safeBoot ? [] : await app.get(Samples).enableFor(first.demo.id);

  await app.listen(config.port, config.host);
  const url = addressOf(app, config);
  folder.write(SERVER_FILE, `${JSON.stringify({ url, pid: process.pid, version: platformVersion })}\n`);
  logger.info({ url, mode: config.mode, milliseconds: Math.round(systemClock.monotonic() - started) }, 'ready');
  return announce({ config, url, embedded, ownerUrl, lifecycle, scan, running, folder, first, started });
}

async function migrate(app: NestExpressApplication, runtime: Runtime): Promise<void> {
  const projections = app.get<Registry<AnyProjection>>(PROJECTIONS).all();
  await prepareDatabase({
    ownerUrl: runtime.ownerUrl,
    migrations: app.get<Registry<MigrationSet>>(MIGRATIONS).all(),
    schemas: [...new Set(projections.map(({ table }) => table.name.slice(0, table.name.indexOf('.'))))],
  });
}

/** After the master key was rotated: everything that an earlier one wrapped moves under the current one, once. */
async function rewrapKeys(app: NestExpressApplication, runtime: Runtime, logger: Logger): Promise<void> {
  if (runtime.masters.previous.length === 0) return;
  const moved = await app.get<Keys>(KEYS).rewrap();
  logger.info({ moved, masterKey: runtime.masters.current.id }, 'keys are wrapped by the current master key; earlier ones may go');
}

function readToken(folder: DataFolder): string | null {
  try {
    return readFileSync(join(folder.path, TOKEN_FILE), 'utf8').trim();
  } catch {
    return null;
  }
}

function addressOf(app: NestExpressApplication, config: Config): string {
  if (config.publicUrl !== null) return config.publicUrl.replace(/\/$/, '');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

interface Told {
  readonly config: Config;
  readonly url: string;
  readonly embedded: EmbeddedDatabase | null;
  readonly ownerUrl: string;
  readonly lifecycle: SandboxLifecycle;
  readonly scan: ScanReport;
  readonly running: readonly string[];
  readonly folder: DataFolder;
  readonly first: BootstrapResult;
  readonly started: number;
}

function announce({ config, url, embedded, ownerUrl, lifecycle, scan, running, folder, first, started }: Told): string {
  return announcementOf({
    url,
    mode: config.mode,
    database: embedded === null ? withoutPassword(ownerUrl) : `embedded PostgreSQL, ${embedded.footing}`,
    roles: config.roles,
    level: lifecycle.describe(),
    safeBoot: config.safeBoot,
    extensions: { registered: scan.registered.length + scan.unchanged, broken: scan.broken, running },
    adminTokenFile: first.token === null ? null : join(folder.path, TOKEN_FILE),
    milliseconds: systemClock.monotonic() - started,
  });
}
