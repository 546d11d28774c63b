// Whether two states are the same, without writing either of them down: simulations ask it after every event.

/** Of JSON, maps and sets, in which order counts. A key whose value is undefined is no key, as in the log. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Map) return b instanceof Map && a.size === b.size && (a.size === 0 || isSame([...a], [...b]));
  if (a instanceof Set) return b instanceof Set && a.size === b.size && (a.size === 0 || isSame([...a], [...b]));
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  const keys = Object.keys(a);
  for (const key of keys) if (!isSame((a as Json)[key], (b as Json)[key])) return false;
  const others = Object.keys(b);
  return others.length === keys.length || others.every((key) => (b as Json)[key] === undefined || key in a);
}

type Json = Readonly<Record<string, unknown>>;
