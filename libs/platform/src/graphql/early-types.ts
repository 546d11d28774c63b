// Nest generates the object types first and asks root fields for their types afterwards: a type that is only made when asked for (`() => ConnectionOf(Thing)`)
// would come too late. So we ask once before. Loading is idempotent: each decorator's loader runs a single time.
import type { Type } from '@nestjs/common';
import { LazyMetadataStorage } from '@nestjs/graphql/dist/schema-builder/storages/lazy-metadata.storage.js';
import { TypeMetadataStorage } from '@nestjs/graphql/dist/schema-builder/storages/type-metadata.storage.js';

export function askRootTypesEarly(resolvers: readonly Type<unknown>[]): void {
  LazyMetadataStorage.load([...resolvers]);
  const fields = [
    TypeMetadataStorage.getQueriesMetadata(),
    TypeMetadataStorage.getMutationsMetadata(),
    TypeMetadataStorage.getSubscriptionsMetadata(),
  ];
  for (const field of fields.flat()) if (resolvers.includes(field.target as Type<unknown>)) field.typeFn?.();
}

/** Marked by `@Resolver()`. */
export function isResolver(provider: unknown): provider is Type<unknown> {
  return (
    typeof provider === 'function' &&
    (Reflect.hasMetadata('graphql:resolver_type', provider) || Reflect.hasMetadata('graphql:resolver_name', provider))
  );
}
