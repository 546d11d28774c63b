// The server's modules wired as in production but never started: what every context registered, and the schema of its resolvers.
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { EventDefinition, Upcaster } from '@kari/kernel';
import { readConfig } from '@kari/platform/config';
import { operationsOf, schemaOf, type DeclaredOperation } from '@kari/platform/graphql';
import {
  COMMANDS,
  EVENTS,
  PROJECTIONS,
  UPCASTERS,
  type AnyCommandDefinition,
  type AnyProjection,
  type Registry,
} from '@kari/platform/registry';
import { openRuntime } from '../../apps/server/src/runtime.js';
import { contextModules, ServerModule } from '../../apps/server/src/server.module.js';

export interface Composition {
  readonly commands: readonly AnyCommandDefinition[];
  readonly events: readonly EventDefinition[];
  readonly upcasters: readonly Upcaster[];
  readonly projections: readonly AnyProjection[];
  readonly operations: readonly DeclaredOperation[];
}

/** Nothing listens there: wiring alone opens no connection. */
const NOWHERE = 'postgresql://nobody:nothing@127.0.0.1:1/none';

export async function composition(): Promise<Composition> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-composition-'));
  const config = readConfig({ KARI_DATA_DIR: folder, KARI_LOG_LEVEL: 'silent' });
  const runtime = await openRuntime(config, NOWHERE, '0.0.0');
  const app = await NestFactory.create(ServerModule.register(runtime), { logger: false, abortOnError: false });
  try {
    const all = <T>(token: symbol): readonly T[] => app.get<Registry<T>>(token).all();
    return {
      commands: all(COMMANDS),
      events: all(EVENTS),
      upcasters: all(UPCASTERS),
      projections: all(PROJECTIONS),
      operations: operationsOf(await schemaOf(...contextModules)),
    };
  } finally {
    await runtime.close();
    await rm(folder, { recursive: true, force: true });
  }
}
