// What a handler gets of a request: every part held to the route's schemas first.
import { rejected } from '@kari/kernel';
import { isHidden, typedValues } from '@kari/package';
import { isNestedTooDeep } from '@kari/platform/http';
import type { HttpRoute } from '@kari/protocol/manifest';
import { readFields } from './fields.rules.js';
import { bodyTypeOf, expectedMedia, isExpected, readMediaType } from './media.rules.js';
import type { RouteAsk } from './route-ask.js';
import { labelOf, type RoutePlace } from './route-place.rules.js';
import { demandFit, schemaOf } from './route-schemas.js';

export type Content = { readonly value: unknown } | { readonly bytes: Buffer };

export interface CheckedRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string | null;
  readonly content: Content | null;
}

export const defaultBodyBytes = 262_144;

/** Makes room for so many bytes until the call is over; throws `Rejection` CONTRIBUTION_ROUTE_BUSY. */
export type HeldBytes = (bytes: number) => void;

/** `hold` is told how many bytes the body may take before it is read. Throws `Rejection`. */
export async function checkedRequest(
  place: RoutePlace,
  ask: RouteAsk,
  params: Readonly<Record<string, string>>,
  hold: HeldBytes,
): Promise<CheckedRequest> {
  const typed = { params: typedValues(schemaOf(place, 'params'), Object.entries(params)), query: queryOf(place, ask) };
  demandFit(place, 'params', typed.params);
  demandFit(place, 'query', typed.query);
  return { ...typed, headers: headersOf(place.route, ask), ...(await contentOf(place, ask, hold)) };
}

function queryOf(place: RoutePlace, { query }: RouteAsk): Readonly<Record<string, unknown>> {
  const read = readFields(query);
  if ('refused' in read) throw misfit(place, 'query', read.refused);
  return typedValues(schemaOf(place, 'query'), read.fields);
}

/** Those that the manifest lists, each joined as HTTP joins repeated ones. */
function headersOf({ headers = [] }: HttpRoute, ask: RouteAsk): Readonly<Record<string, string>> {
  const shown = headers.filter((name) => !isHidden(name)).map((name) => [name, ask.header(name)] as const);
  return Object.fromEntries(shown.filter(([, values]) => values.length > 0).map(([name, values]) => [name, values.join(', ')]));
}

async function contentOf(place: RoutePlace, ask: RouteAsk, hold: HeldBytes): Promise<Pick<CheckedRequest, 'content' | 'contentType'>> {
  const { route } = place;
  if (route.body === undefined) {
    if (ask.hasBody) throw misfit(place, 'body', 'the route takes none');
    return { content: null, contentType: null };
  }
  if (ask.header('content-encoding').length > 0) throw unexpected(place, 'that encoding');
  const media = readMediaType(ask.header('content-type'));
  if (media === null || !isExpected(route, media)) throw unexpected(place, media?.essence ?? 'none');
  const limit = route.bodyBytes ?? defaultBodyBytes;
  hold(limit);
  const bytes = await ask.body(limit, labelOf(place));
  return { content: contentIn(place, bytes), contentType: media.essence };
}

function contentIn(place: RoutePlace, bytes: Buffer): Content {
  const kind = bodyTypeOf(place.route);
  if (kind === 'bytes') return { bytes };
  const text = textOf(place, bytes);
  const value = kind === 'text' ? text : kind === 'form' ? formOf(place, text) : jsonOf(place, bytes, text);
  demandFit(place, 'body', value);
  return { value };
}

function textOf(place: RoutePlace, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(place, 'it is not UTF-8');
  }
}

function formOf(place: RoutePlace, text: string): Readonly<Record<string, unknown>> {
  const read = readFields(text);
  if ('refused' in read) throw unreadable(place, read.refused);
  return typedValues(schemaOf(place, 'body'), read.fields);
}

function jsonOf(place: RoutePlace, bytes: Buffer, text: string): unknown {
  if (isNestedTooDeep(bytes)) throw unreadable(place, 'it is nested too deep');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw unreadable(place, 'it is not JSON');
  }
}

function misfit(place: RoutePlace, part: string, reason: string) {
  return rejected('CONTRIBUTION_ROUTE_REQUEST', { part, route: labelOf(place), pointer: '/', reason });
}

function unreadable(place: RoutePlace, reason: string) {
  return rejected('CONTRIBUTION_ROUTE_BODY', { route: labelOf(place), reason });
}

function unexpected(place: RoutePlace, type: string) {
  return rejected('CONTRIBUTION_ROUTE_MEDIA_TYPE', {
    route: labelOf(place),
    type: type.slice(0, 100),
    expected: expectedMedia(place.route),
  });
}
