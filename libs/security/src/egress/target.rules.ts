// Where an extension may send a request: parsed once, and held against the triples (scheme, host, port) that its tenant has granted.

/** One granted item of `permissions.http`. */
export interface HttpScope {
  readonly host: string;
  readonly port?: number;
  readonly scheme?: 'https' | 'http';
  readonly methods?: readonly string[];
}

/** The one parse of an address; nothing downstream looks at the text again. */
export interface Target {
  readonly url: URL;
  readonly scheme: 'https' | 'http';
  /** Lower case, IDNA applied; an IPv6 literal without its brackets. */
  readonly host: string;
  readonly port: number;
}

export type Parsed = { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly why: string };
export type TargetVerdict = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const LONGEST_URL = 8192;

export function parseTarget(text: string, base?: URL): Parsed {
  if (text.length > LONGEST_URL) return { ok: false, why: `it is longer than ${LONGEST_URL} characters` };
  let url: URL;
  try {
    url = base === undefined ? new URL(text) : new URL(text, base);
  } catch {
    return { ok: false, why: 'it is not an absolute URL' };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { ok: false, why: 'its scheme is neither https nor http' };
  if (url.username !== '' || url.password !== '') return { ok: false, why: 'it carries a user name or password' };
  if (url.hostname === '') return { ok: false, why: 'it names no host' };
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return { ok: true, target: { url, scheme, host: bare(url.hostname), port: portOf(url.port, scheme) } };
}

/** Allowed when one granted triple equals the target's and permits the method. */
export function judgeTarget(scopes: readonly HttpScope[], target: Target, method: string): TargetVerdict {
  const declared = scopes.filter((scope) => covers(scope, target));
  if (declared.length === 0) return { allowed: false, why: 'no granted permission names this scheme, host and port' };
  const permitted = declared.some((scope) => scope.methods === undefined || scope.methods.some((one) => one.toUpperCase() === method));
  return permitted ? { allowed: true } : { allowed: false, why: `no granted permission for it names the method ${method}` };
}

/** How a target is shown: never the path or the query, which may hold what is nobody's business. */
export function shownTarget(target: Target): string {
  return target.url.origin;
}

/** A host as a manifest or an operator may write it, in the form targets carry; null when it is none. */
export function normalisedHost(host: string): string | null {
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  if (/[/?#@\\\s]/.test(bracketed)) return null;
  try {
    const url = new URL(`https://${bracketed}`);
    return url.port === '' && url.pathname === '/' && url.hostname !== '' ? bare(url.hostname) : null;
  } catch {
    return null;
  }
}

function covers(scope: HttpScope, target: Target): boolean {
  const scheme = scope.scheme ?? 'https';
  return scheme === target.scheme && (scope.port ?? portOf('', scheme)) === target.port && normalisedHost(scope.host) === target.host;
}

export function portOf(port: string, scheme: 'https' | 'http'): number {
  if (port !== '') return Number(port);
  return scheme === 'https' ? 443 : 80;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
