// Reads and writes places in JSON by pointer (RFC 6901), never through a prototype.

export class BadPointer extends Error {}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const MOST_TOKENS = 32;
const LARGEST_INDEX = 999;

/** Throws `BadPointer`. */
export function tokensOf(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new BadPointer('a pointer starts with "/"');
  const tokens = pointer
    .slice(1)
    .split('/')
    .map((token) => {
      if (/~(?![01])/.test(token)) throw new BadPointer('"~" stands only in "~0" and "~1"');
      return token.replaceAll('~1', '/').replaceAll('~0', '~');
    });
  if (tokens.length > MOST_TOKENS) throw new BadPointer(`it is deeper than ${MOST_TOKENS}`);
  if (tokens.some((token) => FORBIDDEN.has(token))) throw new BadPointer('it names a part of every object');
  return tokens;
}

/** Undefined where there is nothing. */
export function valueAt(document: unknown, tokens: readonly string[]): unknown {
  let current = document;
  for (const token of tokens) {
    if (Array.isArray(current)) current = isIndex(token) ? (current as unknown[])[Number(token)] : undefined;
    else if (typeof current === 'object' && current !== null && Object.hasOwn(current, token))
      current = (current as Record<string, unknown>)[token];
    else return undefined;
  }
  return current;
}

/** A copy with the value at that place; objects on the way are made, lists only grow by one. Throws `BadPointer`. */
export function withValueAt(document: unknown, tokens: readonly string[], value: unknown): unknown {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (Array.isArray(document)) {
    if (!isIndex(token) || Number(token) > document.length) throw new BadPointer(`"${token}" is no place in a list of ${document.length}`);
    const list = [...(document as unknown[])];
    list[Number(token)] = withValueAt(list[Number(token)], rest, value);
    return list;
  }
  if (document !== undefined && document !== null && typeof document !== 'object')
    throw new BadPointer(`"${token}" lies inside a ${typeof document}`);
  const object = { ...(document as Record<string, unknown> | undefined | null) };
  return { ...object, [token]: withValueAt(object[token], rest, value) };
}

function isIndex(token: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(token) && Number(token) <= LARGEST_INDEX;
}
