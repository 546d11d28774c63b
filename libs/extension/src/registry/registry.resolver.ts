// Who has what, how installs go, and what was, in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { HealthQueries } from '../health/health.queries.js';
import { ExtensionChanges } from './extension-changes.js';
import type { InstallProgressView } from './install-progress.view.js';
import {
  Extension,
  ExtensionFact,
  extensionOf,
  ExtensionsArgs,
  factOf,
  HistoryArgs,
  InstallProgress,
  PastExtension,
  pastExtensionOf,
  progressOf,
} from './registry.graphql.js';
import { RegistryQueries } from './registry.queries.js';

const about = ({ extension }: { extension?: string | null }) => (typeof extension === 'string' ? `extension:${extension}` : null);

@Resolver()
export class RegistryResolver {
  constructor(
    @Inject(RegistryQueries) private readonly queries: RegistryQueries,
    @Inject(HealthQueries) private readonly health: HealthQueries,
    @Inject(ExtensionChanges) private readonly live: ExtensionChanges,
  ) {}

  @Query(() => ConnectionOf(Extension), {
    description: 'Extensions of the tenant; from the platform ("Kari-Tenant: _") those of every tenant.',
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  async extensions(@Args() args: ExtensionsArgs, @Caller() caller: RequestContext): Promise<Connection<Extension>> {
    const filter = { status: args.status ?? null, extension: args.extension ?? null };
    const page = await this.queries.page(pageRequest('extensions', args, caller.tenant), filter, args.waitFor ?? null);
    return mapPage(page, (row) => extensionOf(row, this.health.of(row.tenant, row.extension)));
  }

  @Query(() => Extension)
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  async extension(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<Extension> {
    return extensionOf(await this.queries.one(caller.tenant, extension, waitFor ?? null), this.health.of(caller.tenant, extension));
  }

  @Query(() => InstallProgress, { nullable: true, description: 'How the last install of the extension goes, or went.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  async installProgress(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
    @Args('waitFor', { type: () => String, nullable: true }) waitFor?: string | null,
  ): Promise<InstallProgress | null> {
    const row = await this.queries.progress(caller.tenant, extension, waitFor ?? null);
    return row === null ? null : progressOf(row);
  }

  @Query(() => ConnectionOf(ExtensionFact), { description: 'Everything that happened to extensions of the tenant, newest first.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  async extensionHistory(@Args() args: HistoryArgs, @Caller() caller: RequestContext): Promise<Connection<ExtensionFact>> {
    return mapPage(await this.queries.history(pageRequest('extensionHistory', args, caller.tenant), args.extension ?? null), factOf);
  }

  @Query(() => [PastExtension], { description: 'What was installed at a past moment, with state, version and grants.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  async extensionsAt(@Args('moment', { type: () => Date }) moment: Date, @Caller() caller: RequestContext): Promise<PastExtension[]> {
    return (await this.queries.at(caller.tenant, moment)).map(pastExtensionOf);
  }

  @Subscription(() => InstallProgress, {
    name: 'installProgress',
    description: 'The install as it is now, then after each step; `after` resumes behind a position.',
    resolve: (view: InstallProgressView) => progressOf(view),
  })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  watchInstall(
    @Caller() caller: RequestContext,
    @Args('extension', { type: () => ID }) extension: string,
    @Args('after', { type: () => String, nullable: true }) after?: string | null,
  ): AsyncIterable<InstallProgressView> {
    return this.live.progress(caller.tenant, extension, after ?? null);
  }
}
