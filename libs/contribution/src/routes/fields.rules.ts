// The fields of a query or of a urlencoded form, read strictly: what two readers could read differently is refused.

type Fields = readonly (readonly [name: string, text: string])[];
export type ReadFields = { readonly fields: Fields } | { readonly refused: string };

const MOST_FIELDS = 200;

/** `a=1&b=x%20y`, without its question mark. An empty text has no fields. */
export function readFields(text: string): ReadFields {
  if (text === '') return { fields: [] };
  const pairs = text.split('&');
  if (pairs.length > MOST_FIELDS) return { refused: `it has more than ${MOST_FIELDS} fields` };
  const fields: [string, string][] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const [name, value] = [decoded(at < 0 ? pair : pair.slice(0, at)), decoded(at < 0 ? '' : pair.slice(at + 1))];
    if (name === null || value === null) return { refused: 'it holds an escape that is none' };
    if (name === '') return { refused: 'a field has no name' };
    fields.push([name, value]);
  }
  return { fields };
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
