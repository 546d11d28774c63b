// Reads of workflows and their versions.
import { Inject, Injectable } from '@nestjs/common';
import { rejected, type Position } from '@kari/kernel';
import { READ_DATABASE, type ReadDatabase } from '@kari/platform/database';
import { pageOf, type Connection, type PageRequest } from '@kari/platform/graphql';
import { PROJECTIONS_CLOCK, type ProjectionsClock } from '@kari/platform/projections';
import type { Json } from '../json.js';
import { Blocking } from './blocking.js';
import { definitionProjection } from './definition.projection.js';
import { DefinitionView, VersionView } from './definition.view.js';
import { differencesOf, type Change } from './document-diff.rules.js';
import type { WorkflowDocument } from './document.js';
import { versionProjection } from './version.projection.js';

/** A workflow as it stands now. */
export interface DefinitionAnswer extends DefinitionView {
  /** Why the active version, or the latest where none is active, cannot run; null when it can. */
  readonly blocked: string | null;
}

@Injectable()
export class DefinitionQueries {
  constructor(
    @Inject(READ_DATABASE) private readonly database: ReadDatabase,
    @Inject(PROJECTIONS_CLOCK) private readonly progress: ProjectionsClock,
    private readonly blocking: Blocking,
  ) {}

  async page(request: PageRequest, waitFor: Position | null): Promise<Connection<DefinitionAnswer>> {
    await this.caughtUp(waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(DefinitionView, 'definition')
        .where('definition.tenant = :tenant', { tenant: request.tenant })
        .orderBy('definition.workflow')
        .limit(request.limit);
      if (request.after !== null) query.andWhere('definition.workflow > :after', { after: request.after[0] });
      return query.getMany();
    });
    return pageOf(
      rows.map((row) => this.judged(row)),
      request,
      ({ workflow }) => [workflow],
    );
  }

  /** Throws WORKFLOW_NOT_FOUND. */
  async one(tenant: string, workflow: string, waitFor: Position | null): Promise<DefinitionAnswer> {
    const row = await this.find(tenant, workflow, waitFor);
    if (row === null) throw rejected('WORKFLOW_NOT_FOUND', { workflow });
    return this.judged(row);
  }

  async find(tenant: string, workflow: string, waitFor: Position | null): Promise<DefinitionView | null> {
    await this.caughtUp(waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(DefinitionView, { tenant, workflow }));
  }

  /** A version as it was saved; it outlives the deletion of its workflow. */
  async version(tenant: string, workflow: string, version: number, waitFor: Position | null): Promise<VersionView | null> {
    await this.caughtUp(waitFor);
    return this.database.readAs(tenant, (manager) => manager.findOneBy(VersionView, { tenant, workflow, version }));
  }

  /** The newest version whose document gives itself that version. */
  async versionNamed(tenant: string, workflow: string, named: string, waitFor: Position | null): Promise<VersionView | null> {
    await this.caughtUp(waitFor);
    return this.database.readAs(tenant, (manager) =>
      manager
        .createQueryBuilder(VersionView, 'version')
        .where('version.tenant = :tenant and version.workflow = :workflow', { tenant, workflow })
        .andWhere(`version.document::json #>> '{document,version}' = :named`, { named })
        .orderBy('version.version', 'DESC')
        .limit(1)
        .getOne(),
    );
  }

  /** All workflows of a tenant, as of a position of the log. */
  async ids(tenant: string, at: Position): Promise<readonly string[]> {
    await this.progress.waitFor(definitionProjection.name, at);
    const rows = await this.database.readAs(tenant, (manager) =>
      manager.find(DefinitionView, { where: { tenant }, select: { workflow: true }, order: { workflow: 'ASC' } }),
    );
    return rows.map(({ workflow }) => workflow);
  }

  /** Workflows that an extension brought along, as of a position of the log. */
  async ownedBy(tenant: string, owner: string, at: Position): Promise<readonly string[]> {
    await this.progress.waitFor(definitionProjection.name, at);
    const rows = await this.database.readAs(tenant, (manager) => manager.findBy(DefinitionView, { tenant, owner }));
    return rows.map(({ workflow }) => workflow);
  }

  /** Newest first. */
  async versions(request: PageRequest, workflow: string, waitFor: Position | null): Promise<Connection<VersionView>> {
    await this.one(request.tenant, workflow, waitFor);
    const rows = await this.database.readAs(request.tenant, (manager) => {
      const query = manager
        .createQueryBuilder(VersionView, 'version')
        .where('version.tenant = :tenant and version.workflow = :workflow', { tenant: request.tenant, workflow })
        .orderBy('version.version', 'DESC')
        .limit(request.limit);
      if (request.after !== null) query.andWhere('version.version < :after', { after: Number(request.after[0]) });
      return query.getMany();
    });
    return pageOf(rows, request, ({ version }) => [String(version)]);
  }

  /** The latest version where none is named. Throws WORKFLOW_NOT_FOUND, WORKFLOW_VERSION_NOT_FOUND. */
  async document(tenant: string, workflow: string, version: number | null, waitFor: Position | null): Promise<WorkflowDocument> {
    const { latestVersion } = await this.one(tenant, workflow, waitFor);
    const asked = version ?? latestVersion;
    const row = await this.version(tenant, workflow, asked, null);
    if (row === null) throw rejected('WORKFLOW_VERSION_NOT_FOUND', { workflow, version: asked });
    return JSON.parse(row.document) as WorkflowDocument;
  }

  async difference(tenant: string, workflow: string, from: number, to: number, waitFor: Position | null): Promise<readonly Change[]> {
    const before = await this.document(tenant, workflow, from, waitFor);
    const after = await this.document(tenant, workflow, to, null);
    return differencesOf(before as unknown as Json, after as unknown as Json);
  }

  private judged(row: DefinitionView): DefinitionAnswer {
    const needs = row.needs[row.activeVersion ?? row.latestVersion] ?? [];
    return { ...row, blocked: this.blocking.reason(row.tenant, row.owner, needs) };
  }

  private async caughtUp(waitFor: Position | null): Promise<void> {
    if (waitFor === null) return;
    await this.progress.waitFor(definitionProjection.name, waitFor);
    await this.progress.waitFor(versionProjection.name, waitFor);
  }
}
