// Which headers a request may carry, and what of it survives a redirect.
import type { ConcealedParts } from '../contract.js';

/** A header's value: text, or the name of a secret that the broker puts in its place. */
type HeaderValue = string | { readonly $secret: string; readonly prefix?: string };
export type RequestHeaders = Readonly<Record<string, HeaderValue>>;

export type HeaderProblem = { readonly header: string; readonly reason: string };

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
// Field content of RFC 9110: no control characters but tab, nothing beyond Latin-1.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Framing and hop-by-hop fields belong to the broker: an extension that could write them could smuggle a second request. */
const BROKERS_OWN = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
  'accept-encoding',
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]);

const CREDENTIALS = new Set(['authorization', 'cookie', 'cookie2']);

export const MOST_HEADERS = 64;
const MOST_HEADER_BYTES = 16 * 1024;

export function headerProblem(headers: RequestHeaders): HeaderProblem | null {
  const names = Object.keys(headers);
  if (names.length > MOST_HEADERS) return { header: '*', reason: `more than ${MOST_HEADERS} headers` };
  let bytes = 0;
  const seen = new Set<string>();
  for (const name of names) {
    if (!NAME.test(name)) return { header: printable(name), reason: 'its name holds a character that no header name may hold' };
    const lower = name.toLowerCase();
    if (seen.has(lower)) return { header: name, reason: 'it is given twice' };
    seen.add(lower);
    if (BROKERS_OWN.has(lower)) return { header: name, reason: 'it is set by the platform' };
    const value = headers[name] ?? '';
    const text = typeof value === 'string' ? value : (value.prefix ?? '');
    if (!isHeaderText(text)) return { header: name, reason: 'its value holds a line break or control character' };
    bytes += name.length + text.length;
  }
  return bytes > MOST_HEADER_BYTES ? { header: '*', reason: `more than ${MOST_HEADER_BYTES} bytes of headers` } : null;
}

export function isHeaderText(text: string): boolean {
  return VALUE.test(text);
}

/** Headers for the next hop. Another origin gets no credential and no secret, whatever the header is called. */
export function headersAfterRedirect(
  headers: RequestHeaders,
  hop: { readonly crossOrigin: boolean; readonly dropsBody: boolean },
): RequestHeaders {
  const kept = Object.entries(headers).filter(([name, value]) => {
    const lower = name.toLowerCase();
    if (hop.crossOrigin && (CREDENTIALS.has(lower) || typeof value !== 'string')) return false;
    return !(hop.dropsBody && lower.startsWith('content-'));
  });
  return Object.fromEntries(kept);
}

/** What is concealed stays with its origin; a body cannot be left behind without sending another request than was asked for. */
export function concealedAfterRedirect(
  concealed: ConcealedParts | null,
  hop: { readonly crossOrigin: boolean; readonly dropsBody: boolean },
): ConcealedParts | null | 'refused' {
  if (concealed === null) return null;
  const body = hop.dropsBody ? null : concealed.body;
  if (!hop.crossOrigin) return { ...concealed, body };
  return body === null ? null : 'refused';
}

function printable(name: string): string {
  return JSON.stringify(name.slice(0, 64));
}
