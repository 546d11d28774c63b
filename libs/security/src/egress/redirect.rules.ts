// What follows from a redirect: which method and body go on, and which hops are never taken.
import type { Target } from './target.rules.js';

export const MOST_REDIRECTS = 5;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface Hop {
  readonly method: string;
  readonly dropsBody: boolean;
  readonly crossOrigin: boolean;
  /** Why the hop is not taken whatever the manifest says; null when the target may be judged. */
  readonly refusal: string | null;
}

export function isRedirect(status: number, location: string | undefined): location is string {
  return REDIRECTS.has(status) && location !== undefined && location !== '';
}

export function nextHop(status: number, method: string, from: Target, to: Target): Hop {
  const becomesGet = (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST');
  return {
    method: becomesGet ? 'GET' : method,
    dropsBody: becomesGet,
    crossOrigin: from.url.origin !== to.url.origin,
    refusal: from.scheme === 'https' && to.scheme === 'http' ? 'it would leave https for http' : null,
  };
}
