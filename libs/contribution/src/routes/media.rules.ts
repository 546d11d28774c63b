// Which kind of body a route reads, and which kind was sent.
import type { HttpBodyType, HttpRoute } from '@kari/protocol/manifest';

export interface MediaType {
  /** Lower case, without parameters. */
  readonly essence: string;
  /** Whether its text is UTF-8, or it does not say. */
  readonly isUtf8: boolean;
}

const EXPECTED: Readonly<Record<HttpBodyType, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain',
  bytes: 'application/octet-stream',
};

/** Null where the header is not one media type. */
export function readMediaType(values: readonly string[]): MediaType | null {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) return null;
  const [essence = '', ...parameters] = value.split(';').map((part) => part.trim().toLowerCase());
  if (!/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(essence)) return null;
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset='));
  return { essence, isUtf8: charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset)) };
}

export function bodyTypeOf({ bodyType = 'json' }: Pick<HttpRoute, 'bodyType'>): HttpBodyType {
  return bodyType;
}

/** The type to send, in words of a refusal. */
export function expectedMedia(route: Pick<HttpRoute, 'bodyType'>): string {
  return EXPECTED[bodyTypeOf(route)];
}

/** Bytes are taken under any type that is none of the others: what a caller calls a form is never read as a file. */
export function isExpected(route: Pick<HttpRoute, 'bodyType'>, { essence, isUtf8 }: MediaType): boolean {
  const wanted = bodyTypeOf(route);
  if (wanted === 'bytes') return !essence.startsWith('multipart/') && essence !== EXPECTED.form;
  return essence === EXPECTED[wanted] && isUtf8;
}
