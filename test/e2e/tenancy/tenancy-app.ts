// The real edge, bus, log and views over a database of its own, with the contexts of tenancy and audit alone: what their tests ask of.
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuditModule } from '@kari/audit';
import { BUS, type InProcessBus } from '@kari/platform/bus';
import { readConfig } from '@kari/platform/config';
import { prepareDatabase } from '@kari/platform/database';
import { testDatabase } from '@kari/platform/database/testing';
import type { PostgresEventStore } from '@kari/platform/event-store';
import { GraphqlModule } from '@kari/platform/graphql';
import { closeGracefully, configureHttp, HttpModule } from '@kari/platform/http';
import { LEASES, type PostgresLeases } from '@kari/platform/leases';
import { MIGRATIONS, type MigrationSet, type Registry } from '@kari/platform/registry';
import { TelemetryModule } from '@kari/platform/telemetry';
import { Bootstrap, TenancyModule } from '@kari/tenancy';
import { PlatformModule, POSTGRES_LOG } from '../../../apps/server/src/platform.module.js';
import { Reacting } from '../../../apps/server/src/reacting.js';
import { openRuntime, type Runtime } from '../../../apps/server/src/runtime.js';
import { Views } from '../../../apps/server/src/views.js';
import { GraphqlCaller } from '../../support/client.js';

@Module({})
class TenancyAppModule {
  static register(runtime: Runtime): DynamicModule {
    return {
      module: TenancyAppModule,
      imports: [
        TelemetryModule.register({
          useFactory: () => ({ log: { level: 'silent' }, tracing: { endpoint: null, service: 'kari', version: '0' } }),
        }),
        PlatformModule.register(runtime),
        HttpModule.register({ useFactory: () => ({ version: '0', mode: 'development', metricsToken: null }) }),
        GraphqlModule.register({ useFactory: () => ({ graphiql: false, allowedOrigins: [] }) }),
        AuditModule,
        TenancyModule,
      ],
    };
  }
}

export interface TenancyApp {
  readonly url: string;
  readonly app: NestExpressApplication;
  /** The platform operator, on the platform. */
  readonly operator: GraphqlCaller;
  readonly operatorToken: string;
  stop(): Promise<void>;
}

export async function startTenancyApp(): Promise<TenancyApp> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-tenancy-'));
  const database = await testDatabase();
  const config = { ...readConfig({}), dataDir: folder };
  const runtime = await openRuntime(config, database.ownerUrl, '0');
  const app = await NestFactory.create<NestExpressApplication>(TenancyAppModule.register(runtime), { bodyParser: false, logger: false });
  const migrations = app.get<Registry<MigrationSet>>(MIGRATIONS).all();
  await prepareDatabase({ ownerUrl: database.ownerUrl, migrations, schemas: ['tenancy', 'audit'] });
  const [views, reacting] = [app.get(Views), app.get(Reacting)];
  await views.start();
  configureHttp(app);
  await app.init();
  await reacting.startEverywhere();
  const { token } = await app.get(Bootstrap).bootstrapPlatform({ currentToken: null, demo: true });
  reacting.startLeased();
  await app.listen(0, '127.0.0.1');

  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const operatorToken = token?.value ?? '';
  return {
    url,
    app,
    operatorToken,
    operator: new GraphqlCaller(url, { token: operatorToken, tenant: '_' }),
    stop: async () => {
      await reacting.stop();
      await closeGracefully(app, 5_000);
      await app.get<InProcessBus>(BUS).close();
      await views.stop();
      await app.get<PostgresLeases>(LEASES).stop();
      await app.get<PostgresEventStore>(POSTGRES_LOG).close();
      await runtime.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
