// Reads of what could be installed, and of what a scan could not use. Packages belong to the platform: every tenant sees the same.
import { Inject, Injectable } from '@nestjs/common';
import { PLATFORM_TENANT } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { compareVersions } from '@kari/package/rules';
import { BrokenPackageView } from './broken-package.view.js';
import { packageProjection } from './package.projection.js';
import { PackageView } from './package.view.js';

/** Every registered version of one extension, highest first. */
export interface PackageListing {
  readonly extension: string;
  readonly versions: readonly PackageView[];
}

export interface PackageFilter {
  /** Part of id, name or description, in any case. */
  readonly text: string | null;
  readonly category: string | null;
}

@Injectable()
export class PackageQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
  ) {}

  /** By extension id. */
  async page(request: PageRequest, { text, category }: PackageFilter, waitFor: string | null): Promise<Connection<PackageListing>> {
    if (waitFor !== null) await this.progress.waitFor(packageProjection.name, waitFor);
    const listings = await this.database.readAs(PLATFORM_TENANT, async (manager) => {
      const query = manager
        .createQueryBuilder(PackageView, 'package')
        .select('package.extension', 'extension')
        .groupBy('package.extension');
      if (request.after !== null) query.andWhere('package.extension > :after', { after: request.after[0] });
      if (category !== null) query.andWhere('package.category = :category', { category });
      if (text !== null) {
        const like = `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
        query.andWhere('(package.extension ilike :like or package.name ilike :like or package.description ilike :like)', { like });
      }
      const ids = await query.orderBy('package.extension').limit(request.limit).getRawMany<{ extension: string }>();
      const rows =
        ids.length === 0
          ? []
          : await versionsOf(
              manager,
              ids.map(({ extension }) => extension),
            );
      return ids.map(({ extension }) => ({ extension, versions: highestFirst(rows.filter((row) => row.extension === extension)) }));
    });
    return pageOf(listings, request, ({ extension }) => [extension]);
  }

  async one(extension: string): Promise<PackageListing | null> {
    const rows = await this.database.readAs(PLATFORM_TENANT, (manager) => versionsOf(manager, [extension]));
    return rows.length === 0 ? null : { extension, versions: highestFirst(rows) };
  }

  /** By folder. */
  async broken(request: PageRequest): Promise<Connection<BrokenPackageView>> {
    const rows = await this.database.readAs(PLATFORM_TENANT, (manager) => {
      const query = manager.createQueryBuilder(BrokenPackageView, 'broken').orderBy('broken.folder').limit(request.limit);
      if (request.after !== null) query.where('broken.folder > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(rows, request, ({ folder }) => [folder]);
  }
}

type Manager = Parameters<Parameters<ReadDatabase['readAs']>[1]>[0];

function versionsOf(manager: Manager, extensions: readonly string[]): Promise<PackageView[]> {
  return manager.createQueryBuilder(PackageView, 'package').where('package.extension in (:...extensions)', { extensions }).getMany();
}

function highestFirst(rows: readonly PackageView[]): readonly PackageView[] {
  return [...rows].sort((one, other) => compareVersions(other.version, one.version));
}
