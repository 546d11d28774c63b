// Tables in memory: what was asked for is noted, and can be refused.
import type { ExtensionTables, TablePreview, TablesHeld, TableTarget } from '@kari/data/contract';
import { emptyLayout, planLayout } from '@kari/package/rules';

export class MemoryTables implements ExtensionTables {
  private readonly prepared = new Set<string>();
  /** `prepare acme.notes 1.1.0 from 1.0.0`, `take back acme.notes 1.1.0`; of versions that keep tables. */
  readonly calls: string[] = [];
  /** What `prepare` throws, as long as it is set. */
  refusal: Error | null = null;

  prepare({ extension, version, from, data }: TableTarget): Promise<string> {
    if (data === undefined) return Promise.resolve('it keeps no tables');
    this.prepared.add(`${extension} ${version}`);
    this.calls.push(`prepare ${extension} ${version}${from === null ? '' : ` from ${from}`}`);
    return this.refusal === null ? Promise.resolve('its tables are there') : Promise.reject(this.refusal);
  }

  takeBack({ extension, version }: { extension: string; version: string }): Promise<void> {
    if (this.prepared.delete(`${extension} ${version}`)) this.calls.push(`take back ${extension} ${version}`);
    return Promise.resolve();
  }

  /** As over tables that were never there. */
  preview({ data }: TableTarget): Promise<TablePreview | null> {
    if (data === undefined) return Promise.resolve(null);
    const { changes, problems } = planLayout(emptyLayout, data);
    return Promise.resolve({ changes, problems, trial: 'not-needed', ...EMPTY });
  }

  held({ extension }: { extension: string }): Promise<TablesHeld | null> {
    const isKept = [...this.prepared].some((one) => one.startsWith(`${extension} `));
    return Promise.resolve(isKept ? EMPTY : null);
  }
}

const EMPTY: TablesHeld = { rows: 0, bytes: 0 };
