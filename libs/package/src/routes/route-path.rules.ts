// Paths of requests and of declared routes. A request's path is decoded once and compared part by part: nothing in it is ever joined to
// another path, and what two readers could read differently is refused.

export interface TemplatePart {
  /** Null for a part that varies. */
  readonly literal: string | null;
  readonly parameter: string | null;
}

/** `/notes/{id}` in parts; `/` has none. */
export function templateOf(path: string): readonly TemplatePart[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? { literal: null, parameter: part.slice(1, -1) } : { literal: part, parameter: null }));
}

export type ReadPath = { readonly parts: readonly string[] } | { readonly refused: string };

const MOST_PARTS = 32;

/** The parts of a path as it stands in the request line, without its query: `/notes/a%20b` → `notes`, `a b`. */
export function readPath(path: string): ReadPath {
  if (!path.startsWith('/')) return { refused: 'it does not begin with a slash' };
  if (path === '/') return { parts: [] };
  const raw = path.slice(1).split('/');
  if (raw.length > MOST_PARTS) return { refused: `it has more than ${MOST_PARTS} parts` };
  const parts: string[] = [];
  for (const part of raw) {
    const decoded = decodedOnce(part);
    if (decoded === null) return { refused: 'it holds an escape that is none' };
    const reason = objection(decoded);
    if (reason !== null) return { refused: reason };
    parts.push(decoded);
  }
  return { parts };
}

/** The values of the parts that vary, or null when the path is not of this template. */
export function matchTemplate(template: readonly TemplatePart[], parts: readonly string[]): Readonly<Record<string, string>> | null {
  if (template.length !== parts.length) return null;
  const values: [string, string][] = [];
  for (const [index, { literal, parameter }] of template.entries()) {
    const part = parts[index] ?? '';
    if (parameter !== null) values.push([parameter, part]);
    else if (literal !== part) return null;
  }
  return Object.fromEntries(values);
}

/** Of two templates that fit one path the one that says more comes first: a fixed part before one that varies, from the left. */
export function byPrecision(left: readonly TemplatePart[], right: readonly TemplatePart[]): number {
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if ((part.literal === null) !== (other.literal === null)) return part.literal === null ? 1 : -1;
  }
  return left.length - right.length;
}

function decodedOnce(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function objection(part: string): string | null {
  if (part === '') return 'a part of it is empty';
  if (part === '.' || part === '..') return 'it climbs';
  if (/[/\\]/.test(part)) return 'a slash is hidden in it';
  if (/\p{C}/u.test(part)) return 'it holds a control or formatting character';
  if (/%[0-9a-f]{2}/i.test(part)) return 'it is encoded twice';
  return null;
}
