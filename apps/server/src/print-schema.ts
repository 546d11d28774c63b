// The GraphQL schema as text, from the resolvers alone: nothing is started for it.
import { printedSchema, schemaOf } from '@kari/platform/graphql';
import { contextModules } from './server.module.js';

export async function printSchema(): Promise<string> {
  return printedSchema(await schemaOf(...contextModules));
}
