// Holds both sides of a route to the schemas of its manifest: the caller, who is told what is wrong, and the extension, whose answer is
// dropped.
import { rejected, Rejection } from '@kari/kernel';
import { compileForeignSchema, type Validator, type ValueProblem } from '@kari/package';
import type { JsonSchema } from '@kari/protocol/manifest';
import { labelOf, type RoutePlace } from './route-place.rules.js';

export type RoutePart = 'params' | 'query' | 'body' | 'response';

/** What a route accepts where its manifest says nothing. */
const DEFAULTS: Readonly<Record<Exclude<RoutePart, 'response'>, JsonSchema>> = {
  params: true,
  query: { type: 'object', additionalProperties: false },
  body: false,
};

/** Names as callers know them. */
const WORDS: Readonly<Record<RoutePart, string>> = { params: 'path', query: 'query', body: 'body', response: 'answer' };

export function schemaOf({ route }: Pick<RoutePlace, 'route'>, part: RoutePart): JsonSchema {
  return part === 'response' ? route.response : (route[part] ?? DEFAULTS[part]);
}

/** Throws `Rejection` CONTRIBUTION_ROUTE_REQUEST. */
export function demandFit(place: RoutePlace, part: Exclude<RoutePart, 'response'>, value: unknown): void {
  const problem = problemOf(place, part, value);
  if (problem !== undefined) throw rejected('CONTRIBUTION_ROUTE_REQUEST', { part: WORDS[part], route: labelOf(place), ...problem });
}

/** Throws `Rejection` CONTRIBUTION_ROUTE_ANSWER. */
export function demandPromised(place: RoutePlace, value: unknown): void {
  const problem = problemOf(place, 'response', value);
  if (problem !== undefined) throw brokenAnswer(place, problem);
}

export function brokenAnswer(place: RoutePlace, problem: ValueProblem): Rejection {
  const { extension, version } = place;
  return rejected('CONTRIBUTION_ROUTE_ANSWER', { extension, version, route: labelOf(place), ...problem });
}

function problemOf(place: RoutePlace, part: RoutePart, value: unknown): ValueProblem | undefined {
  try {
    const [problem] = validatorOf(schemaOf(place, part)).check(value);
    return problem === undefined ? undefined : { pointer: problem.pointer === '' ? '/' : problem.pointer, reason: problem.reason };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { reason } = error.facts;
    const facts = { part: WORDS[part], route: labelOf(place), extension: place.extension };
    throw rejected('CONTRIBUTION_ROUTE_SCHEMA', { ...facts, reason: typeof reason === 'string' ? reason : error.code });
  }
}

// Manifests in the snapshot never change, so a schema is inspected and hashed once and not at every call.
const validators = new WeakMap<object, Validator>();

function validatorOf(schema: JsonSchema): Validator {
  if (typeof schema === 'boolean') return compileForeignSchema(schema);
  const validator = validators.get(schema) ?? compileForeignSchema(schema);
  validators.set(schema, validator);
  return validator;
}
