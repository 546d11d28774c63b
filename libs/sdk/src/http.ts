// A fetch over the broker. Bodies travel as base64, made without any built-in of Node: the sandbox has the web's functions only.
import type { BrokerCall } from './broker-call.js';
import type { Http, HttpOptions, HttpResponse } from './services.js';

interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly url?: string;
}

export function httpService(call: BrokerCall): Http {
  return {
    fetch: async (url, options = {}) => {
      const answer = await call<WireResponse>('http.fetch', requestOf(String(url), options));
      return responseOf(String(url), answer);
    },
  };
}

function requestOf(url: string, { method = 'GET', headers = {}, body, json, timeoutMs }: HttpOptions): unknown {
  if (body !== undefined && json !== undefined) throw new TypeError('http.fetch takes body or json, not both');
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const bytes = json === undefined ? (typeof body === 'string' ? utf8.encode(body) : body) : utf8.encode(JSON.stringify(json));
  return {
    url,
    method,
    headers: json === undefined || named ? headers : { ...headers, 'content-type': 'application/json' },
    ...(bytes === undefined ? {} : { body: toBase64(bytes) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function responseOf(asked: string, { status, headers, body, url = asked }: WireResponse): HttpResponse {
  const bytes = () => fromBase64(body);
  const text = () => new TextDecoder().decode(bytes());
  return { status, ok: status >= 200 && status < 300, headers, url, bytes, text, json: <Value>() => JSON.parse(text()) as Value };
}

const utf8 = new TextEncoder();
/** `String.fromCharCode` takes its characters as arguments, and their number is limited. */
const PIECE = 8_192;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += PIECE) binary += String.fromCharCode(...bytes.subarray(start, start + PIECE));
  return btoa(binary);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
