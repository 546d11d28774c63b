// Every query of the schema with every field of its answer: what one caller can get to see at all.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { GraphqlCaller } from './client.js';
import { callsOf, type ArgumentOverrides } from './operations.js';

const SCHEMA = resolve(import.meta.dirname, '../../apps/server/schema.graphql');

export interface Answered {
  readonly field: string;
  readonly document: string;
  /** Data, errors and headers, as they came. */
  readonly text: string;
  readonly code: string | null;
}

export async function askEverything(caller: GraphqlCaller, overrides: ArgumentOverrides): Promise<readonly Answered[]> {
  const sdl = await readFile(SCHEMA, 'utf8');
  const queries = callsOf(sdl, overrides, 'everything').filter(({ kind }) => kind === 'query');
  return Promise.all(
    queries.map(async ({ field, document }) => {
      const answer = await caller.ask(document);
      return { field, document, text: JSON.stringify(answer), code: answer.errors[0]?.extensions.code ?? null };
    }),
  );
}
