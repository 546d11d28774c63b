// The routes of one manifest as a table that requests are looked up in.
import type { HttpRoute, Manifest } from '@kari/protocol/manifest';
import { byPrecision, matchTemplate, templateOf, type TemplatePart } from './route-path.rules.js';

interface TableRoute {
  readonly name: string;
  readonly route: HttpRoute;
  readonly template: readonly TemplatePart[];
}

/** The most precise path first. */
export type RouteTable = readonly TableRoute[];

export type FoundRoute =
  | { readonly kind: 'found'; readonly name: string; readonly route: HttpRoute; readonly params: Readonly<Record<string, string>> }
  /** The path is there, under other methods. */
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

export function routeTable({ http }: Pick<Manifest, 'http'>): RouteTable {
  return Object.entries(http?.routes ?? {})
    .map(([name, route]) => ({ name, route, template: templateOf(route.path) }))
    .sort((left, right) => byPrecision(left.template, right.template));
}

/** HEAD asks for what GET would answer. */
export function findRoute(table: RouteTable, method: string, parts: readonly string[]): FoundRoute {
  const asked = method === 'HEAD' ? 'GET' : method;
  const fitting = table.flatMap(({ name, route, template }) => {
    const params = matchTemplate(template, parts);
    return params === null ? [] : [{ name, route, params }];
  });
  const found = fitting.find(({ route }) => route.method === asked);
  if (found !== undefined) return { kind: 'found', ...found };
  if (fitting.length === 0) return { kind: 'none' };
  const methods = fitting.map(({ route }) => route.method);
  return { kind: 'method', allowed: [...new Set(methods.flatMap((known) => (known === 'GET' ? ['GET', 'HEAD'] : [known])))].sort() };
}
