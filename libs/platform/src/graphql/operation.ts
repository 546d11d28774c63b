// What every root field declares of itself: which right it needs, where, and how it is audited. The schema build fails for a field without it.
import { Extensions } from '@nestjs/graphql';
import type { ownRight, Right } from '@kari/protocol';
import { isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';

export interface OperationOptions {
  /** The one right it asks for; `ownRight` is held by every authenticated caller. */
  readonly right: Right | typeof ownRight;
  /** `tenant`: asked for in the tenant acted on; `platform`: asked for on the platform itself. */
  readonly scope: 'tenant' | 'platform';
  /**
   * `command`: the field sends a command, and the command bus authorises and audits it.
   * `entry`: the edge authorises, and appends one audit entry before the answer leaves.
   */
  readonly audit: 'entry' | 'command';
  /** What an entry is about, `<thing>:<id>` made from the field's arguments; never a secret. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each field knows the shape of its own arguments
  readonly subject?: (args: any) => string | null;
}

export interface DeclaredOperation extends OperationOptions {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly field: string;
  /** `query.extensions`: its name in the audit trail. */
  readonly name: string;
}

const EXTENSION = 'kari.operation';

/** `@Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })` beside `@Query`, `@Mutation` or `@Subscription`. */
export function Operation(options: OperationOptions): MethodDecorator {
  return Extensions({ [EXTENSION]: options });
}

type RootField = GraphQLField<unknown, unknown>;

/** Every root field with its kind, in the schema's order. */
export function rootFields(schema: GraphQLSchema): readonly { kind: DeclaredOperation['kind']; field: RootField }[] {
  const roots = [
    { kind: 'query', type: schema.getQueryType() },
    { kind: 'mutation', type: schema.getMutationType() },
    { kind: 'subscription', type: schema.getSubscriptionType() },
  ] as const;
  return roots.flatMap(({ kind, type }) => (isObjectType(type) ? Object.values(type.getFields()).map((field) => ({ kind, field })) : []));
}

/** Every operation of the schema; throws when a root field declares none. */
export function operationsOf(schema: GraphQLSchema): readonly DeclaredOperation[] {
  return rootFields(schema).map(({ kind, field }) => operationOf(kind, field));
}

export function operationOf(kind: DeclaredOperation['kind'], field: RootField): DeclaredOperation {
  const options = field.extensions[EXTENSION] as OperationOptions | undefined;
  if (options === undefined) throw new Error(`${kind} ${field.name} declares no @Operation: nobody would authorise or audit it`);
  return { ...options, kind, field: field.name, name: `${kind}.${field.name}` };
}
