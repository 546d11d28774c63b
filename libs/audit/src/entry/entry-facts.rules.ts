// What of a refusal's facts may stand in the trail for ever: few, short, flat. Content that a caller sent has no business there.

export type Fact = string | number | boolean | null | readonly (string | number | boolean | null)[];

const MOST_FACTS = 16;
const MOST_ITEMS = 16;
const LONGEST = 200;
// A half of a surrogate pair is no text that a log can keep.
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** `clean` takes secrets and control characters out of a text. */
export function entryFacts(facts: Readonly<Record<string, unknown>>, clean: (text: string) => string): Record<string, Fact> {
  const kept: [string, Fact][] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (kept.length === MOST_FACTS) break;
    if (!/^\w{1,64}$/.test(name) || name === '__proto__') continue;
    const fact = Array.isArray(value) ? value.slice(0, MOST_ITEMS).map((item) => flat(item, clean)) : flat(value, clean);
    kept.push([name, fact]);
  }
  return Object.fromEntries(kept);
}

/** A text as the trail keeps it. */
export function entryText(text: string, clean: (text: string) => string): string {
  const safe = clean(text).replace(LONE_SURROGATE, '\ufffd');
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST).replace(LONE_SURROGATE, '')}…` : safe;
}

function flat(value: unknown, clean: (text: string) => string): string | number | boolean | null {
  if (typeof value === 'string') return entryText(value, clean);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  return value === null || value === undefined ? null : `[${typeof value}]`;
}
