// HTTP routes of extensions in the API.
import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Operation, PageArgs, pageOf, pageRequest, type Connection } from '@kari/platform/graphql';
import { RouteDirectory } from './route-directory.js';
import { ExtensionRoute, routeOf } from './route.graphql.js';

@Resolver()
export class RouteResolver {
  constructor(private readonly directory: RouteDirectory) {}

  @Query(() => ConnectionOf(ExtensionRoute), {
    description: 'Routes that the enabled extensions of this tenant answer, by extension and name.',
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  extensionRoutes(
    @Args() page: PageArgs,
    @Args('extension', { type: () => ID, nullable: true }) extension: string | null,
    @Caller() { tenant }: RequestContext,
  ): Connection<ExtensionRoute> {
    const request = pageRequest('extensionRoutes', page, tenant);
    const after = request.after?.[0] ?? '';
    const listed = this.directory
      .ofTenant(tenant)
      .map(routeOf)
      .filter((route) => (extension ?? route.extension) === route.extension && route.id > after)
      .sort((left, right) => (left.id < right.id ? -1 : 1));
    return pageOf(listed.slice(0, request.limit), request, ({ id }) => [id]);
  }
}
