// A request to a route as the platform would make it, judged by the same rules: path, query and body on the way in, the answer on the way out.
import { answerKindOf, findRoute, isHidden, readAnswer, readPath, routeTable, typedValues } from '@kari/package';
import type { RouteAnswer, RouteCall, RouteCaller, RouteContent } from '@kari/protocol/broker';
import type { HttpRoute, JsonSchema, Manifest } from '@kari/protocol/manifest';
import { KariError } from '@kari/sdk';
import { acceptInput, ContractViolation, demand } from './contracts.js';

export interface TestRequest {
  /** Default: GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the extension, with its query: `/notes/7?limit=3`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value, the fields of a form, text or bytes, as the route reads it. */
  readonly body?: unknown;
  /** Default: a user of the tenant with every right that the extension declares; null: a caller without an account. */
  readonly caller?: { readonly id?: string; readonly kind?: 'user' | 'service-account'; readonly rights?: readonly string[] } | null;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON value, the text, the bytes, or the problem `{ code, message }`; undefined without content. */
  readonly body: unknown;
}

export interface OpenedRoute {
  readonly name: string;
  readonly route: HttpRoute;
  readonly call: RouteCall;
}

/** Rejects with `KariError` INVALID or DENIED, with the platform's code in `reason`, where the platform would not call the handler. */
export function openRoute(
  manifest: Manifest,
  tenant: string,
  { method = 'GET', path, headers = {}, body, caller }: TestRequest,
): OpenedRoute {
  const [below = '/', query = ''] = path.split('?', 2);
  const read = readPath(below);
  if ('refused' in read) throw refusal('CONTRIBUTION_ROUTE_PATH', `The path cannot be read: ${read.refused}.`);
  const found = findRoute(routeTable(manifest), method, read.parts);
  if (found.kind === 'none') throw refusal('CONTRIBUTION_ROUTE_UNKNOWN', `The manifest declares no route for ${method} ${below}.`);
  if (found.kind === 'method') throw refusal('CONTRIBUTION_ROUTE_METHOD', `${below} answers ${found.allowed.join(', ')}, not ${method}.`);
  const { name, route } = found;
  const known = callerOf(manifest, tenant, route, caller);
  const params = typedValues(route.params ?? true, Object.entries(found.params));
  const asked = typedValues(route.query ?? true, [...new URLSearchParams(query)]);
  acceptInput(route.params ?? true, params, `the path of ${name}`);
  acceptInput(route.query ?? NOTHING, asked, `the query of ${name}`);
  const listed = (route.headers ?? []).filter((header) => !isHidden(header));
  const sent = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value]));
  const call: RouteCall = {
    method: route.method,
    path: below,
    params,
    query: asked,
    headers: Object.fromEntries(listed.flatMap((header) => (sent[header] === undefined ? [] : [[header, sent[header]]]))),
    caller: known,
    ...bodyOf(name, route, body),
  };
  return { name, route, call };
}

/** Throws `ContractViolation` for an answer that the platform would not let out. */
export function judgedResponse(manifest: Manifest, { name, route }: OpenedRoute, returned: unknown): TestResponse {
  const read = readAnswer(returned, manifest.id);
  if ('fault' in read) throw new ContractViolation(`the answer of the route ${name} is wrong: ${read.fault}`);
  const { status, headers, content, problem } = read.answer;
  if (problem !== undefined) return { status, headers, body: problem };
  return { status, headers, body: content === undefined ? undefined : contentOf(name, route, content) };
}

const NOTHING: JsonSchema = { type: 'object', additionalProperties: false };

function callerOf({ rights = {}, id: extension }: Manifest, tenant: string, route: HttpRoute, caller: TestRequest['caller']): RouteCaller {
  if (caller === null) {
    if (route.public !== true) throw refusal('REQUEST_UNAUTHENTICATED', 'The route is not public.', 'DENIED');
    return { id: null, kind: 'anonymous', tenant, rights: [] };
  }
  const { id = 'somebody', kind = 'user', rights: held = Object.keys(rights) } = caller ?? {};
  if (route.right !== undefined && !held.some((right) => `${extension}:${right}` === route.right))
    throw refusal('REQUEST_DENIED', `The route needs the right ${route.right}.`, 'DENIED');
  return { id, kind, tenant, rights: held };
}

function bodyOf(name: string, route: HttpRoute, body: unknown): Pick<RouteCall, 'bodyType' | 'content' | 'contentType'> {
  if (route.body === undefined) {
    if (body !== undefined) throw refusal('CONTRIBUTION_ROUTE_REQUEST', `The route ${name} takes no body.`);
    return { bodyType: null };
  }
  const { bodyType = 'json' } = route;
  if (bodyType === 'bytes') {
    if (!(body instanceof Uint8Array)) throw new TypeError(`the route ${name} takes bytes: give it a Uint8Array`);
    return { bodyType, contentType: 'application/octet-stream', content: { kind: 'bytes', base64: Buffer.from(body).toString('base64') } };
  }
  acceptInput(route.body, body, `the body of ${name}`);
  const types = { json: 'application/json', form: 'application/x-www-form-urlencoded', text: 'text/plain' };
  return { bodyType, contentType: types[bodyType], content: { kind: 'value', value: body } };
}

function contentOf(name: string, route: HttpRoute, content: RouteContent): unknown {
  const kind = answerKindOf(route.responseType ?? 'application/json');
  if ((content.kind === 'bytes') !== (kind === 'bytes'))
    throw new ContractViolation(
      `the answer of the route ${name} is ${content.kind === 'bytes' ? 'bytes' : 'a value'}, and its type is ${kind}`,
    );
  if (content.kind === 'bytes') return new Uint8Array(Buffer.from(content.base64, 'base64'));
  const value = (content as Extract<RouteAnswer['content'], { kind: 'value' }>).value;
  demand(route.response, value, `the answer of the route ${name}`);
  return value;
}

function refusal(reason: string, message: string, code: 'INVALID' | 'DENIED' = 'INVALID'): KariError {
  return new KariError(code, message, { reason });
}
