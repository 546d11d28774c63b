// Gives up the history of one run: its summary first, and what was before it once everything that follows the log has passed the summary.
import { tenantOf, type AppendItem, type Clock, type EventStore, type Ids, type RecordedEvent, type StreamId } from '@kari/kernel';
import type { AuditLeaves } from '@kari/audit/contract';
import type { ViewProgress } from '@kari/platform/projections';
import type { RunEvent } from '../run/run.events.js';
import { commandsOf, summaryOf } from './summary.rules.js';

const SYSTEM_ACTOR = 'system:workflow.retention';

export interface CompactionParts {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly leaves: AuditLeaves;
  readonly views: ViewProgress;
}

export class RunCompaction {
  constructor(private readonly parts: CompactionParts) {}

  /** Safe to repeat. False when it has to be tried again: the run moved, or a view is behind. */
  async compact(stream: StreamId): Promise<boolean> {
    const history = await this.history(stream);
    const summary = history.find(({ type }) => type === 'RunSummarised');
    if (summary === undefined) return (await this.summarise(stream, history)) && this.compact(stream);
    const last = history.findLast(({ type }) => type === 'RunSummarised')!;
    if (!(await this.parts.views.havePassed(last.position, stream))) return false;
    await this.parts.store.truncateBefore(stream, summary.revision);
    const end = history.at(-1)!;
    if (end.type === 'RunHistoryGivenUp') return true;
    return this.append(stream, end, 'GiveUpRunHistory', [{ type: 'RunHistoryGivenUp', data: { before: Number(summary.revision) } }]);
  }

  private async summarise(stream: StreamId, history: readonly RecordedEvent[]): Promise<boolean> {
    const end = history.at(-1);
    if (end === undefined) return false;
    const leaves = await this.parts.leaves.of(tenantOf(stream), commandsOf(history), end.position);
    const facts = summaryOf(history, leaves);
    return facts !== null && this.append(stream, end, 'SummariseRun', facts);
  }

  /** At the revision that was read: whoever retried the run meanwhile was quicker, and it goes on. */
  private async append(stream: StreamId, end: RecordedEvent, commandType: string, facts: readonly RunEvent[]): Promise<boolean> {
    const { clock, ids, store } = this.parts;
    const meta = {
      tenant: tenantOf(stream),
      actor: SYSTEM_ACTOR,
      actorKind: 'system',
      commandId: ids.next(),
      commandType,
      correlationId: end.meta.correlationId,
      occurredAt: new Date(clock.now()).toISOString(),
    } as const;
    const events = facts.map(({ type, data }) => ({ id: ids.next(), type, version: 1, data, meta }));
    const item: AppendItem = { stream, expected: end.revision, events };
    const [result] = await store.append([item]);
    return result?.ok === true;
  }

  private async history(stream: StreamId): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const event of this.parts.store.readStream(stream)) events.push(event);
    return events;
  }
}
