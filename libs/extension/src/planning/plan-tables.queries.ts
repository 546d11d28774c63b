// What each operation of a plan would do to the tables of its extension, tried on the rows that are there. Beside the plan, not in it: rows come
// and go while somebody reads, and the hash is of what is decided.
import { Inject, Injectable } from '@nestjs/common';
import { EXTENSION_TABLES, type ExtensionTables, type TablePreview } from '@kari/data/contract';
import type { RequestContext } from '@kari/kernel';
import { InstallationSnapshot } from '../snapshot/installation-snapshot.js';
import type { Plan, PlannedOperation } from './plan.rules.js';

@Injectable()
export class PlanTableQueries {
  constructor(
    @Inject(EXTENSION_TABLES) private readonly tables: ExtensionTables,
    @Inject(InstallationSnapshot) private readonly snapshot: InstallationSnapshot,
  ) {}

  /**
   * In the order of the operations; null where no tables are touched, and for who may look at extensions but not at their tables. One after
   * the other: a plan of many costs no more at a time than one.
   */
  async of({ tenant, principal }: RequestContext, { operations }: Plan): Promise<readonly (TablePreview | null)[]> {
    if (!principal.may('table.read', tenant)) return operations.map(() => null);
    const previews: (TablePreview | null)[] = [];
    for (const operation of operations) previews.push(await this.preview(tenant, operation));
    return previews;
  }

  private async preview(tenant: string, { act, extension, from, to }: PlannedOperation): Promise<TablePreview | null> {
    if (act === 'remove') {
      const held = await this.tables.held({ tenant, extension });
      return held === null ? null : { changes: [], problems: [], trial: 'not-needed', ...held };
    }
    const content = (act === 'install' || act === 'upgrade') && to !== null ? this.snapshot.packages().find(extension, to) : null;
    if (content === null) return null;
    return this.tables.preview({ tenant, extension, version: content.version, from, data: content.manifest.data });
  }
}
