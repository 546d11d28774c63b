// The schema as text, from the resolver classes alone: no server, no database, no module is started for it.
import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { askRootTypesEarly, isResolver } from './early-types.js';
import { operationsOf } from './operation.js';

@Module({ imports: [GraphQLSchemaBuilderModule] })
class SchemaModule {}

type ModuleLike = Type<unknown> | DynamicModule;

const HEADER = '# Printed from the resolvers; a check compares it with them. Do not edit.\n\n';

/** The schema of the resolvers provided by these modules and by all that they import; throws when a root field declares no operation. */
export async function schemaOf(...modules: readonly ModuleLike[]): Promise<GraphQLSchema> {
  const app = await NestFactory.createApplicationContext(SchemaModule, { logger: false });
  try {
    const resolvers = [...resolversOf(modules)];
    askRootTypesEarly(resolvers);
    const schema = await app.get(GraphQLSchemaFactory).create(resolvers);
    operationsOf(schema);
    return schema;
  } finally {
    await app.close();
  }
}

/** The text to commit: sorted, so that it changes only where the schema does. */
export function printedSchema(schema: GraphQLSchema): string {
  return `${HEADER}${printSchema(lexicographicSortSchema(schema))}\n`;
}

function resolversOf(
  modules: readonly ModuleLike[],
  seen = new Set<unknown>(),
  found = new Set<Type<unknown>>(),
): ReadonlySet<Type<unknown>> {
  for (const given of modules) {
    const dynamic = 'module' in given ? given : null;
    const target = dynamic?.module ?? (given as Type<unknown>);
    const key = dynamic ?? target;
    if (seen.has(key)) continue;
    seen.add(key);
    const listed = (name: string): unknown[] => (Reflect.getMetadata(name, target) as unknown[] | undefined) ?? [];
    for (const provider of [...listed('providers'), ...(dynamic?.providers ?? [])]) {
      if (isResolver(provider)) found.add(provider);
    }
    const imports = [...listed('imports'), ...(dynamic?.imports ?? [])].filter((one) => typeof one === 'function' || isDynamic(one));
    resolversOf(imports as ModuleLike[], seen, found);
  }
  return found;
}

function isDynamic(value: unknown): value is DynamicModule {
  return typeof value === 'object' && value !== null && 'module' in value;
}
