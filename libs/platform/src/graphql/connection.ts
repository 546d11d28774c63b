// Relay-style pages: opaque cursors, bound to the list and the tenant they were made for.
import { createHash } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
// The name a class has in the schema; nothing public of the package answers it.
import { TypeMetadataStorage } from '@nestjs/graphql/dist/schema-builder/storages/type-metadata.storage.js';
import { rejected } from '@kari/kernel';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 200;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: DEFAULT_PAGE, description: `How many, 1 to ${LARGEST_PAGE}.` })
  first: number = DEFAULT_PAGE;

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  after?: string | null;
}

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
}

/** What a list needs to read one page: rows after the key of the last row seen, one more than asked to know whether more follow. */
export interface PageRequest {
  readonly list: string;
  readonly tenant: string;
  readonly size: number;
  /** `size + 1`. */
  readonly limit: number;
  /** The sort key of the last row of the page before. */
  readonly after: readonly string[] | null;
}

const made = new WeakMap<Type<unknown>, Type<Connection<unknown>>>();

/** The connection type of a node type: `@Query(() => ConnectionOf(Extension))`. The same class each time. */
export function ConnectionOf<T>(node: Type<T>): Type<Connection<T>> {
  const known = made.get(node);
  if (known !== undefined) return known as Type<Connection<T>>;
  const name = TypeMetadataStorage.getObjectTypesMetadata().find((type) => type.target === node)?.name ?? node.name;

  @ObjectType(`${name}Edge`)
  class EdgeType implements Edge<T> {
    @Field(() => String)
    cursor!: string;

    @Field(() => node)
    node!: T;
  }

  @ObjectType(`${name}Connection`)
  class ConnectionType implements Connection<T> {
    @Field(() => [EdgeType])
    edges!: EdgeType[];

    @Field(() => [node])
    nodes!: T[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;
  }

  made.set(node, ConnectionType);
  return ConnectionType;
}

/** Reads `first` and `after` for a list of that name; throws REQUEST_INVALID for a size out of range or a cursor of another list or tenant. */
export function pageRequest(list: string, args: PageArgs, tenant: string): PageRequest {
  if (!Number.isInteger(args.first) || args.first < 1 || args.first > LARGEST_PAGE) {
    throw rejected('REQUEST_INVALID', { operation: list, reason: `"first" must be between 1 and ${LARGEST_PAGE}` });
  }
  const after = args.after === undefined || args.after === null ? null : keyOf(args.after, list, tenant);
  return { list, tenant, size: args.first, limit: args.first + 1, after };
}

/** Makes the page of up to `limit` rows, in the list's order; `keyOfRow` answers the sort key that `after` will carry. */
export function pageOf<T>(rows: readonly T[], request: PageRequest, keyOfRow: (row: T) => readonly string[]): Connection<T> {
  const nodes = rows.slice(0, request.size);
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(keyOfRow(node), request.list, request.tenant) }));
  return { edges, nodes, pageInfo: { hasNextPage: rows.length > request.size, endCursor: edges.at(-1)?.cursor ?? null } };
}

/** The same page with each node in its public form. */
export function mapPage<A, B>(page: Connection<A>, map: (node: A) => B): Connection<B> {
  const edges = page.edges.map((edge) => ({ cursor: edge.cursor, node: map(edge.node) }));
  return { edges, nodes: edges.map((edge) => edge.node), pageInfo: page.pageInfo };
}

// The check keeps accidents and swapped cursors out. No secret guards it: rows are guarded by the tenant of the reading, never by the cursor.
function cursorOf(key: readonly string[], list: string, tenant: string): string {
  return Buffer.from(JSON.stringify([checkOf(key, list, tenant), ...key])).toString('base64url');
}

function keyOf(cursor: string, list: string, tenant: string): readonly string[] {
  const parts = parsed(cursor);
  const [check, ...key] = parts ?? [];
  if (parts === null || check !== checkOf(key, list, tenant)) {
    throw rejected('REQUEST_INVALID', { operation: list, reason: '"after" is not a cursor of this list' });
  }
  return key;
}

function parsed(cursor: string): readonly string[] | null {
  if (cursor.length > 2_048 || !/^[\w-]+$/.test(cursor)) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : null;
  } catch {
    return null;
  }
}

function checkOf(key: readonly string[], list: string, tenant: string): string {
  return createHash('sha256')
    .update(JSON.stringify([list, tenant, ...key]))
    .digest('base64url')
    .slice(0, 12);
}
