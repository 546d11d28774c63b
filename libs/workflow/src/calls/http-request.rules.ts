// One HTTP request out of what a call was made with, and what an answer is to the workflow.
import { rejected } from '@kari/kernel';
import { isJsonObject } from '../json.js';

type HttpOutput = 'content' | 'response' | 'raw';

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  readonly url: string;
  /** Names as the author wrote them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  readonly output: HttpOutput;
  /** 3xx is no failure, and redirects are followed. */
  readonly redirect: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function httpRequestOf(given: unknown): HttpRequest {
  const { method, endpoint, headers, query, body, output, redirect } = recordOf(given, 'its arguments');
  const url = isRecord(endpoint) ? endpoint['uri'] : endpoint;
  if (typeof method !== 'string') throw invalid('its method is no text');
  if (typeof url !== 'string') throw invalid('its address is no text');
  if (!URL.canParse(url)) throw invalid('its address is no absolute URL');
  const sent = { ...textsOf(headers, 'headers') };
  const encoded = bodyOf(body, sent);
  const verb = method.toUpperCase();
  if (encoded !== null && (verb === 'GET' || verb === 'HEAD')) throw invalid(`${verb} takes no body`);
  if (encoded !== null && !hasHeader(sent, 'content-type')) sent['content-type'] = encoded.type;
  if (!hasHeader(sent, 'accept')) sent['accept'] = 'application/json, */*;q=0.8';
  return {
    method: verb,
    url: withQuery(url, query),
    headers: sent,
    body: encoded?.text ?? null,
    output: (output ?? 'content') as HttpOutput,
    redirect: redirect === true,
  };
}

/** Parameters are added behind those that the address has. */
function withQuery(address: string, query: unknown): string {
  const pairs = Object.entries(query === undefined ? {} : recordOf(query, 'its query')).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((one) =>
      one === null || one === undefined ? [] : [[name, one] as const],
    ),
  );
  if (pairs.length === 0) return address;
  const added = pairs.map(([name, value]) => `${component(name)}=${component(scalar(value, `the parameter ${name}`))}`).join('&');
  const [before = '', fragment] = address.split('#', 2);
  return `${before}${before.includes('?') ? '&' : '?'}${added}${fragment === undefined ? '' : `#${fragment}`}`;
}

function component(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw invalid('a parameter holds half a character');
  }
}

function bodyOf(body: unknown, headers: Readonly<Record<string, string>>): { readonly text: string; readonly type: string } | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return { text: body, type: 'text/plain; charset=utf-8' };
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded') && isRecord(body)) {
    return { text: new URLSearchParams(textsOf(body, 'body')).toString(), type };
  }
  return { text: JSON.stringify(body), type: 'application/json' };
}

function textsOf(value: unknown, what: string): Readonly<Record<string, string>> {
  const entries = Object.entries(value === undefined || value === null ? {} : recordOf(value, `its ${what}`));
  return Object.fromEntries(entries.flatMap(([name, one]) => (one === null ? [] : [[name, scalar(one, `${name} of its ${what}`)]])));
}

function scalar(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(`${what} is no single value`);
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw invalid(`${what} are no object`);
}

function hasHeader(headers: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(headers).some((one) => one.toLowerCase() === name);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value);
}

export function invalid(reason: string) {
  return rejected('WORKFLOW_CALL_INVALID', { reason });
}

/** Whether an answer is no failure of the call. */
export function succeeded({ status }: Pick<HttpAnswer, 'status'>, redirect: boolean): boolean {
  return status >= 200 && status <= (redirect ? 399 : 299);
}

const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** What the task gives. */
export function outputOf(request: HttpRequest, answer: HttpAnswer): unknown {
  if (request.output === 'raw') return base64(answer.body);
  const content = contentOf(answer);
  if (request.output === 'content') return content;
  const { method, url: uri } = request;
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
  return { request: { method: method.toLowerCase(), uri, headers }, statusCode: answer.status, headers: answer.headers, content };
}

/** JSON as what it says, texts as texts, nothing as null, everything else as base64. */
function contentOf({ headers, body }: HttpAnswer): unknown {
  if (body.length === 0) return null;
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  const text = /^(text\/|application\/(xml|javascript|x-www-form-urlencoded|yaml)\b)|[+/](json|xml|yaml)$/.test(type) || type === '';
  const decoded = text ? decode(body, parameters.find((one) => one.startsWith('charset='))?.slice('charset='.length)) : null;
  if (decoded === null) return base64(body);
  if (!/[+/]json$/.test(type)) return decoded;
  try {
    return JSON.parse(decoded);
  } catch {
    throw rejected('WORKFLOW_ANSWER_INVALID', { reason: `it says that it is ${type}, and is not` });
  }
}

/** Null where it is no text of that charset. */
function decode(body: Uint8Array, charset = 'utf-8'): string | null {
  try {
    return new TextDecoder(charset.replaceAll('"', ''), { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

function base64(body: Uint8Array): string {
  return btoa(Array.from(body, (byte) => String.fromCharCode(byte)).join(''));
}
