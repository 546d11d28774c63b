// What the shape of a declared route cannot say: parts that contradict each other, and names that are the platform's own.
import type { HttpRoute } from '@kari/protocol/manifest';
import { answerKindOf, isScript } from './route-answer.rules.js';
import { templateOf } from './route-path.rules.js';

export interface RouteProblem {
  /** The member at fault, below the route. */
  readonly key: keyof HttpRoute;
  readonly reason: string;
  readonly fix: string;
}

export function routeProblems(route: HttpRoute): readonly RouteProblem[] {
  return [...accessProblems(route), ...pathProblems(route), ...headerProblems(route), ...contentProblems(route)];
}

/** Whether a request header never reaches a handler, whatever a manifest lists: credentials, and what belongs to the connection. */
export function isHidden(header: string): boolean {
  return HIDDEN.has(header) || /^(?:proxy-|sec-|x-forwarded|x-real-ip|access-control-|kari-|content-)/.test(header);
}

const HIDDEN = new Set([
  'authorization',
  'connection',
  'cookie',
  'cookie2',
  'expect',
  'forwarded',
  'host',
  'idempotency-key',
  'keep-alive',
  'origin',
  'te',
  'trailer',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-api-key',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
]);

function* accessProblems({ public: open, right, reason }: HttpRoute): Generator<RouteProblem> {
  if (open === true && right !== undefined)
    yield { key: 'right', reason: 'a public route asks nobody for a right', fix: 'Remove "public" or "right".' };
  if (open === true && reason === undefined)
    yield { key: 'public', reason: 'a public route says why it is public', fix: 'Add "reason": the operator reads it before consenting.' };
  if (open !== true && reason !== undefined)
    yield { key: 'reason', reason: 'only a public route needs a reason', fix: 'Remove it, or add "public": true.' };
}

function* pathProblems({ path, params }: HttpRoute): Generator<RouteProblem> {
  const parts = templateOf(path);
  if (parts.some((part) => part.literal === '.' || part.literal === '..'))
    yield { key: 'path', reason: 'a part of the path is "." or ".."', fix: 'Name the place itself.' };
  const names = parts.flatMap(({ parameter }) => (parameter === null ? [] : [parameter]));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) yield { key: 'path', reason: `{${twice}} stands twice in the path`, fix: 'Give each part a name of its own.' };
  const described = typeof params === 'object' ? Object.keys(params['properties'] ?? {}) : [];
  const stranger = described.find((name) => !names.includes(name));
  if (stranger !== undefined)
    yield { key: 'params', reason: `the path has no part {${stranger}}`, fix: 'Add it to the path, or describe it in "query".' };
}

function* headerProblems({ headers = [] }: HttpRoute): Generator<RouteProblem> {
  const hidden = headers.find(isHidden);
  if (hidden !== undefined)
    yield { key: 'headers', reason: `the header ${hidden} is never shown to an extension`, fix: 'Remove it; who calls is in "caller".' };
}

function* contentProblems({ method, bodyType, body, response, responseType }: HttpRoute): Generator<RouteProblem> {
  if (body !== undefined && method === 'GET')
    yield { key: 'body', reason: 'a GET request carries no body', fix: 'Use "query", or another method.' };
  if (bodyType !== undefined && body === undefined)
    yield { key: 'bodyType', reason: 'without "body" none is accepted', fix: 'Add "body", or remove "bodyType".' };
  if (bodyType === 'bytes' && body !== true)
    yield { key: 'body', reason: 'bytes have no schema', fix: 'Write "body": true, or read the body as JSON, form or text.' };
  if (responseType === undefined) return;
  if (isScript(responseType))
    yield { key: 'responseType', reason: `${responseType} is code that a browser would run`, fix: 'Answer data; ship code with a page.' };
  else if (answerKindOf(responseType) === 'bytes' && response !== true)
    yield { key: 'response', reason: `an answer of type ${responseType} is bytes and has no schema`, fix: 'Write "response": true.' };
}
