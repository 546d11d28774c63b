// Packages in the API: what there is to install, what is broken, what an install would ask for.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { PLATFORM_TENANT, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, mapPage, Operation, PageArgs, pageRequest, type Connection } from '@kari/platform/graphql';
import { Discovery } from '../discovery/discovery.js';
import { InstallationPlanQueries } from '../planning/installation-plan.queries.js';
import {
  BrokenPackage,
  brokenPackageOf,
  ExtensionPackage,
  InstallPreview,
  packageOf,
  PackagesArgs,
  previewOf,
  ScanReport,
  scanReportOf,
} from './package.graphql.js';
import { PackageQueries } from './package.queries.js';

const about = ({ extension }: { extension: string }) => `package:${extension}`;

@Resolver()
export class PackageResolver {
  constructor(
    @Inject(PackageQueries) private readonly queries: PackageQueries,
    @Inject(InstallationPlanQueries) private readonly plans: InstallationPlanQueries,
    @Inject(Discovery) private readonly discovery: Discovery,
  ) {}

  @Query(() => ConnectionOf(ExtensionPackage), { description: 'Registered packages, by id.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry' })
  async packages(@Args() args: PackagesArgs, @Caller() caller: RequestContext): Promise<Connection<ExtensionPackage>> {
    const filter = { text: args.text ?? null, category: args.category ?? null };
    return mapPage(await this.queries.page(pageRequest('packages', args, caller.tenant), filter, args.waitFor ?? null), packageOf);
  }

  @Query(() => ExtensionPackage, { nullable: true })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  async package(@Args('extension', { type: () => ID }) extension: string): Promise<ExtensionPackage | null> {
    const listing = await this.queries.one(extension);
    return listing === null ? null : packageOf(listing);
  }

  @Query(() => ConnectionOf(BrokenPackage), { description: 'Folders that the last scan could not use, with what is wrong.' })
  @Operation({ right: 'extension.read', scope: 'platform', audit: 'entry' })
  async brokenPackages(@Args() args: PageArgs): Promise<Connection<BrokenPackage>> {
    return mapPage(await this.queries.broken(pageRequest('brokenPackages', args, PLATFORM_TENANT)), brokenPackageOf);
  }

  @Query(() => InstallPreview, { description: 'What an install would ask consent for, and what stands in its way in this tenant.' })
  @Operation({ right: 'extension.read', scope: 'tenant', audit: 'entry', subject: about })
  previewInstall(
    @Args('extension', { type: () => ID }) extension: string,
    @Caller() caller: RequestContext,
    @Args('version', { type: () => String, nullable: true }) version?: string | null,
  ): InstallPreview {
    return previewOf(this.plans.preview(caller.tenant, extension, version ?? null));
  }

  @Mutation(() => ScanReport, { description: 'Looks for packages in the extension folders now.' })
  @Operation({ right: 'extension.scan', scope: 'platform', audit: 'entry' })
  async rescan(@Caller() caller: RequestContext): Promise<ScanReport> {
    return scanReportOf(await this.discovery.scan(caller));
  }
}
