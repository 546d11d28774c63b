// A call as its document writes it: a function stands for what it calls, the name of an authentication for what it says.
import type { CallTask, WorkflowDocument } from '../definition/document.js';
import { isRuntimeExpression, programOf } from '../expression/evaluator.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { namesSecrets } from './secret-names.rules.js';

export interface CallTemplate {
  readonly call: string;
  readonly with: JsonObject;
  /** It stands in `use.functions`: its input is what its caller gives. */
  readonly shared: boolean;
}

/** Calls that leave the platform. */
const OUTGOING = ['http', 'openapi', 'grpc', 'asyncapi'];

export function isOutgoing(call: string): boolean {
  return OUTGOING.includes(call);
}

export function callTemplate(document: WorkflowDocument, task: CallTask): CallTemplate {
  const functions = document.use?.functions ?? {};
  const shared = Object.hasOwn(functions, task.call) ? (functions[task.call] as CallTask) : undefined;
  const { call, with: given = {} } = shared ?? task;
  return { call, with: isOutgoing(call) ? withAuthentications(document, given) : given, shared: shared !== undefined };
}

/** Places below `with` where a call says who it is. */
export const AUTHENTICATED = [
  ['authentication'],
  ['endpoint', 'authentication'],
  ['document', 'endpoint', 'authentication'],
  ['proto', 'endpoint', 'authentication'],
  ['service', 'authentication'],
] as const;

function withAuthentications(document: WorkflowDocument, given: JsonObject): JsonObject {
  return AUTHENTICATED.reduce<JsonObject>((value, path) => replaced(value, path, (policy) => named(document, policy)), given);
}

function named({ use }: WorkflowDocument, policy: Json): Json {
  const name = isJsonObject(policy) ? policy['use'] : undefined;
  const known = use?.authentications ?? {};
  return typeof name === 'string' && Object.hasOwn(known, name) ? known[name]! : policy;
}

function replaced(value: JsonObject, [key, ...path]: readonly string[], change: (value: Json) => Json): JsonObject {
  const member = key === undefined ? undefined : value[key];
  if (key === undefined || member === undefined) return value;
  if (path.length === 0) return { ...value, [key]: change(member) };
  return isJsonObject(member) ? { ...value, [key]: replaced(member, path, change) } : value;
}

/** Schemes whose properties a secret may hold, as `{ use: <name of the secret> }`. */
const SCHEMES = ['basic', 'bearer', 'digest', 'oauth2', 'oidc'];

/** Something of a template that only secrets make whole. */
export type SecretSite =
  | { readonly kind: 'expression'; readonly pointer: string; readonly program: string }
  /** The properties of an authentication are the secret itself. */
  | { readonly kind: 'properties'; readonly pointer: string; readonly scheme: string; readonly secret: string };

/** What stands at a place of a template, if a secret does. */
export function secretSiteOf(value: Json, pointer: string): SecretSite | null {
  if (typeof value === 'string') {
    if (!isRuntimeExpression(value)) return null;
    const program = programOf(value);
    return namesSecrets(program) ? { kind: 'expression', pointer, program } : null;
  }
  const scheme = /^(?:(?:\/document|\/proto)?\/endpoint|\/service)?\/authentication\/(\w+)$/.exec(pointer)?.[1];
  if (scheme === undefined || !SCHEMES.includes(scheme) || !isJsonObject(value)) return null;
  const secret = value['use'];
  return typeof secret === 'string' ? { kind: 'properties', pointer, scheme, secret } : null;
}

/** Every place of a template where a secret stands. */
export function secretSitesOf(value: Json, pointer = ''): readonly SecretSite[] {
  const site = secretSiteOf(value, pointer);
  if (site !== null) return [site];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => secretSitesOf(member, `${pointer}/${key}`));
}
