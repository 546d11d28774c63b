// A check over several sections of a manifest. It names the sections it reads, so that it is left out when one of them is already wrong:
// a consequence of another problem helps nobody.
import type { Manifest } from '@kari/protocol/manifest';
import type { ManifestCode } from './manifest-problem.js';

export interface CrossCheck {
  readonly reads: readonly (keyof Manifest)[];
  readonly check: (manifest: Manifest, report: Report) => void;
}

export type Report = (code: ManifestCode, pointer: string, reason: string, fix: string, at?: { readonly key: true }) => void;

/** Reports every item whose key was there before. */
export function reportRepeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  at: (index: number) => string,
  what: string,
  report: Report,
): void {
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else report('PACKAGE_MANIFEST_DUPLICATE', at(index), `${what} ${key} is named twice, first at ${at(first)}`, 'Remove one of them.');
  });
}
