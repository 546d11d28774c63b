// The authentications of the DSL as what a request carries: basic and bearer at once, digest in answer to a challenge (RFC 7616).
import { invalid } from './http-request.rules.js';

export type Hash = (algorithm: 'md5' | 'sha256', text: string) => string;

export interface Login {
  readonly username: string;
  readonly password: string;
}

export type Authentication =
  | ({ readonly scheme: 'basic' | 'digest' } & Login)
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'oauth2' | 'oidc'; readonly policy: Readonly<Record<string, unknown>> };

/** Null for none. */
export function authenticationOf(policy: unknown): Authentication | null {
  if (policy === undefined || policy === null) return null;
  const [[scheme, given] = [undefined, undefined]] = Object.entries(policy);
  const properties = (given ?? {}) as Readonly<Record<string, unknown>>;
  switch (scheme) {
    case 'basic':
    case 'digest': {
      const { username, password } = properties;
      if (typeof username !== 'string' || typeof password !== 'string')
        throw invalid(`its ${scheme} authentication lacks a user or password`);
      return { scheme, username, password };
    }
    case 'bearer': {
      const { token } = properties;
      if (typeof token !== 'string') throw invalid('its bearer authentication lacks a token');
      return { scheme, token };
    }
    case 'oauth2':
    case 'oidc':
      return { scheme, policy: properties };
    default:
      throw invalid('its authentication is of no known scheme');
  }
}

/** What a secret says that stands in the place of a scheme's properties: JSON, `user:password` or the token itself. */
export function propertiesIn(secret: string, scheme: string): unknown {
  const parsed = structured(secret);
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  if (scheme === 'bearer') return { token: secret };
  const colon = secret.indexOf(':');
  return colon === -1 ? {} : { username: secret.slice(0, colon), password: secret.slice(colon + 1) };
}

/** A secret as expressions see it: the object that its JSON says, or the text. */
export function structured(secret: string): unknown {
  if (!secret.startsWith('{')) return secret;
  try {
    return JSON.parse(secret);
  } catch {
    return secret;
  }
}

/** Every text in a secret: what must not come back. */
export function textsOf(secret: string): readonly string[] {
  const leaves = (value: unknown): readonly string[] =>
    typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
  return [...new Set([secret, ...leaves(structured(secret))])];
}

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  readonly qop: 'auth' | null;
  readonly algorithm: 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess';
}

const ALGORITHMS = ['SHA-256', 'SHA-256-sess', 'MD5', 'MD5-sess'] as const;

/** The strongest digest challenge that can be answered; null when there is none. */
export function challengeIn(header: string | undefined): Challenge | null {
  const found = (header ?? '').split(/(?:^|,)\s*(?=[A-Za-z]+\s)/).flatMap((part): readonly Challenge[] => {
    const [, parameters] = /^Digest\s+([\s\S]*)$/i.exec(part.trim()) ?? [];
    if (parameters === undefined) return [];
    const values = new Map<string, string>();
    for (const [, name, quoted, plain] of parameters.matchAll(/([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
      values.set(name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
    const algorithm = ALGORITHMS.find((one) => one.toLowerCase() === (values.get('algorithm') ?? 'MD5').toLowerCase());
    const [realm, nonce, opaque, qop] = ['realm', 'nonce', 'opaque', 'qop'].map((name) => values.get(name));
    const offered = qop?.split(',').map((one) => one.trim());
    if (algorithm === undefined || realm === undefined || nonce === undefined || offered?.includes('auth') === false) return [];
    return [{ realm, nonce, ...(opaque === undefined ? {} : { opaque }), qop: offered === undefined ? null : 'auth', algorithm }];
  });
  return [...found].sort((left, right) => ALGORITHMS.indexOf(left.algorithm) - ALGORITHMS.indexOf(right.algorithm))[0] ?? null;
}

/** The value of `Authorization` for one request to `uri`, its path and query. */
export function digestAnswer(
  { username, password }: Login,
  challenge: Challenge,
  { method, uri, cnonce }: { readonly method: string; readonly uri: string; readonly cnonce: string },
  hash: Hash,
): string {
  const { realm, nonce, opaque, qop, algorithm } = challenge;
  const h = (text: string): string => hash(algorithm.startsWith('MD5') ? 'md5' : 'sha256', text);
  const plain = h(`${username}:${realm}:${password}`);
  const first = algorithm.endsWith('-sess') ? h(`${plain}:${nonce}:${cnonce}`) : plain;
  const second = h(`${method}:${uri}`);
  const response = h(qop === null ? `${first}:${nonce}:${second}` : `${first}:${nonce}:00000001:${cnonce}:auth:${second}`);
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const parts = [`username=${quoted(username)}`, `realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`, `uri=${quoted(uri)}`];
  if (qop !== null) parts.push('qop=auth', 'nc=00000001', `cnonce=${quoted(cnonce)}`);
  if (opaque !== undefined) parts.push(`opaque=${quoted(opaque)}`);
  return `Digest ${[...parts, `algorithm=${algorithm}`, `response="${response}"`].join(', ')}`;
}
