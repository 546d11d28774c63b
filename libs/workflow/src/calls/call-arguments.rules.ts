// What a call is made with, for the history: everything but its secrets, which stay the expressions that they are.
import type { CallTask, WorkflowDocument } from '../definition/document.js';
import { isRuntimeExpression } from '../expression/evaluator.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { callTemplate, isOutgoing, secretSitesOf } from './call-template.rules.js';
import { expandUri } from './uri-template.rules.js';

export interface CallArguments {
  readonly call: string;
  readonly with: unknown;
  /** Of a function whose call names secrets: what its expressions see as their input. */
  readonly input?: unknown;
  /** The author's own name of the effect. */
  readonly key?: string;
}

/** `secrets: 'kept'` leaves expressions that name secrets as they are. */
export type Fill = (template: unknown, input: unknown, secrets: 'kept' | 'unknown') => unknown;

export function callArguments(document: WorkflowDocument, task: CallTask, input: unknown, fill: Fill): CallArguments {
  const { call, with: template, shared } = callTemplate(document, task);
  const given = shared ? fill(task.with ?? {}, input, 'unknown') : input;
  if (!isOutgoing(call)) return { call, with: fill(template, given, 'unknown') };
  const made = addressed(template, fill(template, given, 'kept'), given);
  return { call, with: made, ...(shared && secretSitesOf(template).length > 0 ? { input: given } : {}) };
}

const ADDRESSES = [
  ['endpoint'],
  ['endpoint', 'uri'],
  ['document', 'endpoint'],
  ['document', 'endpoint', 'uri'],
  ['proto', 'endpoint'],
  ['proto', 'endpoint', 'uri'],
] as const;

/** Addresses that are written down are templates; what an expression gives is the address. */
function addressed(template: JsonObject, made: unknown, input: unknown): unknown {
  return ADDRESSES.reduce((value, path) => {
    const written = path.reduce<Json | undefined>((at, key) => (isJsonObject(at) ? at[key] : undefined), template);
    if (typeof written !== 'string' || isRuntimeExpression(written)) return value;
    return placed(value as JsonObject, path, expandUri(written, input));
  }, made);
}

function placed(value: JsonObject, [key, ...path]: readonly string[], uri: string): JsonObject {
  return { ...value, [key!]: path.length === 0 ? uri : placed(value[key!] as JsonObject, path, uri) };
}
