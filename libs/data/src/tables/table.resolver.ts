// Tables of extensions in the API: what they are and how full, for operators. Rows are the extension's own.
import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, Operation } from '@kari/platform/graphql';
import { ExtensionTables } from './table.graphql.js';
import { TableQueries } from './table.queries.js';

@Resolver()
export class TableResolver {
  constructor(private readonly queries: TableQueries) {}

  @Query(() => ExtensionTables, {
    nullable: true,
    description:
      'The tables that an extension keeps in this tenant: layout, rows, bytes, and where a migration stands. Null: it keeps none.',
  })
  @Operation({
    right: 'table.read',
    scope: 'tenant',
    audit: 'entry',
    subject: ({ extension }: { extension: string }) => `extension:${extension}`,
  })
  extensionTables(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() { tenant }: RequestContext,
  ): Promise<ExtensionTables | null> {
    return this.queries.of(tenant, extension);
  }
}
