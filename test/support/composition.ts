// The server's modules wired as in production but never started: what every context registered, and the schema of its resolvers.
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { EventDefinition, Upcaster } from '@kari/kernel';
import { readConfig } from '@kari/platform/config';
import { operationsOf, schemaOf, type DeclaredOperation } from '@kari/platform/graphql';
import { MOUNTS, type Mount } from '@kari/platform/http';
import {
  COMMANDS,
  EVENTS,
  PROJECTIONS,
  UPCASTERS,
  type AnyCommandDefinition,
  type AnyProjection,
  type Registry,
} from '@kari/platform/registry';
import { isObjectType, type GraphQLSchema } from 'graphql';
import { openRuntime } from '../../apps/server/src/runtime.js';
import { contextModules, ServerModule } from '../../apps/server/src/server.module.js';

export interface Composition {
  readonly commands: readonly AnyCommandDefinition[];
  readonly events: readonly EventDefinition[];
  readonly upcasters: readonly Upcaster[];
  readonly projections: readonly AnyProjection[];
  readonly operations: readonly DeclaredOperation[];
  /** `GET /health/live`, of every controller. */
  readonly routes: readonly string[];
  /** Paths below which somebody answers every address. */
  readonly mounts: readonly string[];
  /** `Type.field` of every field below the root that is computed by code of its own. */
  readonly computedFields: readonly string[];
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
    const schema = await schemaOf(...contextModules);
    return {
      commands: all(COMMANDS),
      events: all(EVENTS),
      upcasters: all(UPCASTERS),
      projections: all(PROJECTIONS),
      operations: operationsOf(schema),
      routes: routesOf(app.get(ModulesContainer)),
      mounts: all<Mount>(MOUNTS).map(({ path }) => path),
      computedFields: computedFieldsOf(schema),
    };
  } finally {
    await runtime.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function routesOf(modules: ModulesContainer): readonly string[] {
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype));
  return controllers.flatMap((controller) => {
    if (controller === null) return [];
    const base = Reflect.getMetadata('path', controller) as string;
    const prototype = controller.prototype as Record<string, unknown>;
    const handlers = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
    return handlers.flatMap((name) => {
      const handler = prototype[name] as object;
      const path = Reflect.getMetadata('path', handler) as string | undefined;
      if (path === undefined) return [];
      const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? 'ALL';
      return [
        `${method} /${[base, path]
          .map((part) => part.replace(/^\/|\/$/g, ''))
          .filter((part) => part !== '')
          .join('/')}`,
      ];
    });
  });
}

function computedFieldsOf(schema: GraphQLSchema): readonly string[] {
  const roots = new Set([schema.getQueryType()?.name, schema.getMutationType()?.name, schema.getSubscriptionType()?.name]);
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type));
  return types
    .filter(({ name }) => !roots.has(name) && !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ args }) => args.length > 0)
        .map((field) => `${type.name}.${field.name}`),
    );
}
