// Reads of who has what: the installations of the tenant acted on (of every tenant, from the platform), their progress and their history.
import { Inject, Injectable } from '@nestjs/common';
import { fold, PLATFORM_TENANT, rejected } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import { extensionDecider } from '../lifecycle/extension.decider.js';
import type { ExtensionEvent } from '../lifecycle/extension.events.js';
import { isHeld, type HeldState } from '../lifecycle/extension-state.rules.js';
import { HistoryView } from './history.view.js';
import { installProgressProjection } from './install-progress.projection.js';
import { InstallProgressView } from './install-progress.view.js';
import { registryProjection } from './registry.projection.js';
import { RegistryView } from './registry.view.js';

type Read<T> = Parameters<ReadDatabase['readAs']>[1] extends (manager: infer M) => unknown ? (manager: M) => Promise<T> : never;

export interface RegistryFilter {
  readonly status: HeldState['status'] | null;
  readonly extension: string | null;
}

/** One extension as it was at a past moment. */
export interface PastInstallation {
  readonly state: HeldState;
  readonly since: Date;
}

/** A tenant's whole history is folded for one moment: beyond this many facts a later release keeps moments. */
const MOST_FACTS = 50_000;

@Injectable()
export class RegistryQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progressOfViews: ProjectionsClock,
  ) {}

  /** By extension, then tenant. */
  async page(request: PageRequest, { status, extension }: RegistryFilter, waitFor: string | null): Promise<Connection<RegistryView>> {
    if (waitFor !== null) await this.progressOfViews.waitFor(registryProjection.name, waitFor);
    const rows = await this.read(request.tenant, (manager) => {
      const query = manager.createQueryBuilder(RegistryView, 'registry').where('true');
      if (request.tenant !== PLATFORM_TENANT) query.andWhere('registry.tenant = :tenant', { tenant: request.tenant });
      if (status !== null) query.andWhere('registry.status = :status', { status });
      if (extension !== null) query.andWhere('registry.extension = :extension', { extension });
      if (request.after !== null) {
        const [afterExtension, afterTenant] = request.after;
        query.andWhere('(registry.extension, registry.tenant) > (:afterExtension, :afterTenant)', { afterExtension, afterTenant });
      }
      return query.orderBy('registry.extension').addOrderBy('registry.tenant').limit(request.limit).getMany();
    });
    return pageOf(rows, request, (row) => [row.extension, row.tenant]);
  }

  /** Throws EXTENSION_NOT_INSTALLED. */
  async one(tenant: string, extension: string, waitFor: string | null): Promise<RegistryView> {
    if (waitFor !== null) await this.progressOfViews.waitFor(registryProjection.name, waitFor);
    const row = await this.database.readAs(tenant, (manager) => manager.findOneBy(RegistryView, { tenant, extension }));
    if (row === null) throw rejected('EXTENSION_NOT_INSTALLED', { extension });
    return row;
  }

  async progress(tenant: string, extension: string, waitFor: string | null): Promise<InstallProgressView | null> {
    if (waitFor !== null) await this.progressOfViews.waitFor(installProgressProjection.name, waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(InstallProgressView, { tenant, extension }));
  }

  /** Newest first. */
  async history(request: PageRequest, extension: string | null): Promise<Connection<HistoryView>> {
    const { tenant } = request;
    const rows = await this.database.readAs(tenant, (manager) => {
      const query = manager.createQueryBuilder(HistoryView, 'history').where('history.tenant = :tenant', { tenant });
      if (extension !== null) query.andWhere('history.extension = :extension', { extension });
      if (request.after !== null) {
        const [at, afterExtension, revision] = request.after;
        const before = '(history.at, history.extension, history.revision) < (:at::timestamptz, :afterExtension, :revision::bigint)';
        query.andWhere(before, { at, afterExtension, revision });
      }
      const newest = query.orderBy('history.at', 'DESC').addOrderBy('history.extension', 'DESC').addOrderBy('history.revision', 'DESC');
      return newest.limit(request.limit).getMany();
    });
    return pageOf(rows, request, (row) => [row.at.toISOString(), row.extension, row.revision]);
  }

  /** What was installed at that moment, with state, version and grants: the facts up to then, folded. */
  async at(tenant: string, moment: Date): Promise<readonly PastInstallation[]> {
    const rows = await this.database.readAs(tenant, (manager) =>
      manager
        .createQueryBuilder(HistoryView, 'history')
        .where('history.tenant = :tenant and history.at <= :moment', { tenant, moment })
        .orderBy('history.extension')
        .addOrderBy('history.revision')
        .limit(MOST_FACTS + 1)
        .getMany(),
    );
    if (rows.length > MOST_FACTS) throw rejected('REQUEST_LIMIT', { reason: `more than ${MOST_FACTS} facts lie before that moment` });
    return byExtension(rows).flatMap((facts) => {
      const events = facts.map(({ type, data }) => ({ type, data }) as ExtensionEvent);
      const state = fold(extensionDecider, extensionDecider.initialState, events);
      const last = facts.at(-1);
      return isHeld(state) && last !== undefined ? [{ state, since: last.at }] : [];
    });
  }

  private read<T>(tenant: string, work: Read<T>): Promise<T> {
    return tenant === PLATFORM_TENANT ? this.database.readAsPlatform(work) : this.database.readAs(tenant, work);
  }
}

function byExtension(rows: readonly HistoryView[]): readonly (readonly HistoryView[])[] {
  const histories = new Map<string, HistoryView[]>();
  for (const row of rows) {
    const facts = histories.get(row.extension);
    if (facts === undefined) histories.set(row.extension, [row]);
    else facts.push(row);
  }
  return [...histories.values()];
}
