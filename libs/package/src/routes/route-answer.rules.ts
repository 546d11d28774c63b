// What a handler may answer. An extension is a stranger: status, headers and shape are taken from short lists, everything else is refused
// as a whole, so that nothing of a bad answer goes out.
import type { RouteAnswer, RouteContent } from '@kari/protocol/broker';
import { readPath } from './route-path.rules.js';

/** How an answer of that media type is judged and carried. */
export type AnswerKind = 'json' | 'text' | 'bytes';

export function answerKindOf(mediaType: string): AnswerKind {
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) return 'json';
  return mediaType.startsWith('text/') ? 'text' : 'bytes';
}

/** Types that a page would run or apply when it loads them from here. */
export function isScript(mediaType: string): boolean {
  return /javascript|ecmascript|jscript|livescript|wasm|(?:^|[/+])css$|manifest/.test(mediaType);
}

export type ReadAnswer = { readonly answer: RouteAnswer } | { readonly fault: string };

const WITH_CONTENT: ReadonlySet<number> = new Set([200, 201, 202]);
const EMPTY: ReadonlySet<number> = new Set([204, 304]);
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Refusals an extension may answer: those of the connection, the credential and the method are the platform's. */
const REFUSAL: ReadonlySet<number> = new Set([400, 402, 403, 404, 406, 409, 410, 412, 415, 422, 423, 424, 428, 429, 451]);
const HEADERS: ReadonlySet<string> = new Set([
  'content-disposition',
  'content-language',
  'etag',
  'last-modified',
  'location',
  'retry-after',
]);
const HEADER_CHARACTERS = 1_000;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Reads what the handler of that extension returned, content unjudged. */
export function readAnswer(value: unknown, extension: string): ReadAnswer {
  if (!isRecord(value)) return { fault: 'it is no answer object' };
  const stranger = Object.keys(value).find((key) => !['status', 'headers', 'content', 'problem'].includes(key));
  if (stranger !== undefined) return { fault: `it holds ${stranger.slice(0, 40)}` };
  const { status, headers, content, problem } = value;
  if (typeof status !== 'number') return { fault: 'it has no status' };
  if (!isRecord(headers)) return { fault: 'it has no headers' };
  const fault = headerFault(headers, extension) ?? partsFault(status, { location: headers['location'], content, problem });
  if (fault !== null) return { fault };
  return { answer: value as unknown as RouteAnswer };
}

function headerFault(headers: Readonly<Record<string, unknown>>, extension: string): string | null {
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADERS.has(name)) return `the header ${name.slice(0, 60)} is not an extension's to set`;
    if (typeof value !== 'string' || value.length > HEADER_CHARACTERS || !/^[\x20-\x7e]+$/.test(value))
      return `the header ${name} cannot be sent`;
  }
  const { location } = headers;
  return typeof location === 'string' && !leadsWithin(location, extension) ? 'the header location leads out of the extension' : null;
}

function partsFault(
  status: number,
  parts: { readonly location: unknown; readonly content: unknown; readonly problem: unknown },
): string | null {
  const { location, content, problem } = parts;
  if (problem !== undefined) {
    if (!REFUSAL.has(status)) return `the status ${status} is no refusal of an extension`;
    return content === undefined && isProblem(problem) ? null : 'its problem has no code and message';
  }
  if (REDIRECT.has(status)) return location !== undefined && content === undefined ? null : 'it redirects nowhere, or with content';
  if (location !== undefined && status !== 201) return `the status ${status} has no location`;
  if (EMPTY.has(status)) return content === undefined ? null : `the status ${status} has no content`;
  if (!WITH_CONTENT.has(status)) return `the status ${status} is not an extension's to answer`;
  return isContent(content) ? null : 'it has no content';
}

/** An address of the same extension, as a path. */
function leadsWithin(location: string, extension: string): boolean {
  const prefix = `/ext/${extension}`;
  const path = location.split(/[?#]/, 1)[0] ?? '';
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return false;
  return path === prefix || 'parts' in readPath(path.slice(prefix.length));
}

function isProblem(problem: unknown): boolean {
  if (!isRecord(problem)) return false;
  const { code, message, ...more } = problem;
  return Object.keys(more).length === 0 && typeof code === 'string' && CODE.test(code) && isShort(message);
}

function isShort(message: unknown): boolean {
  return typeof message === 'string' && message !== '' && message.length <= 500;
}

function isContent(content: unknown): content is RouteContent {
  if (!isRecord(content)) return false;
  const [first, second, ...more] = Object.keys(content).sort();
  if (more.length > 0) return false;
  if (content['kind'] === 'value') return first === 'kind' && second === 'value';
  if (content['kind'] === 'bytes') return first === 'base64' && typeof content['base64'] === 'string';
  return content['kind'] === 'stream' && second === 'stream' && Number.isSafeInteger(content['stream']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
