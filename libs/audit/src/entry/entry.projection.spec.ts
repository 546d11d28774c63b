import { describe, expect, it } from '@jest/globals';
import { type EventMeta, type RecordedEvent, type StreamId } from '@kari/kernel';
import { entryProjection, type EntryRow } from './entry.projection.js';

const TENANT = '0190a000-0000-7000-8000-000000000001';
const meta: EventMeta = {
  tenant: TENANT,
  actor: 'ada',
  actorKind: 'user',
  commandId: 'command-1',
  commandType: 'EnableExtension',
  correlationId: 'c-1',
  occurredAt: '2026-01-01T00:00:00.000Z',
};

function event(position: number, stream: string, type: string, overrides: Partial<EventMeta> = {}, data: unknown = {}): RecordedEvent {
  const full = { ...meta, ...overrides };
  return {
    id: `e-${position}`,
    stream: stream as StreamId,
    revision: 0n,
    position: `${position}`,
    type,
    version: 1,
    data,
    meta: full,
    recordedAt: full.occurredAt,
  };
}

const installation = `extension.installation-${TENANT}~acme.notes`;
const recorded = event(
  3,
  `audit.entry-${TENANT}~entry-1`,
  'AuditEntryRecorded',
  { commandType: 'query.me', commandId: 'entry-1' },
  {
    entry: 'entry-1',
    operation: 'query.me',
    outcome: 'denied',
    subject: null,
    code: 'REQUEST_DENIED',
    facts: { right: 'x' },
    commandId: null,
  },
);

/** What the runner does, in memory. */
function folded(events: readonly RecordedEvent[]): EntryRow[] {
  const rows = new Map<string, EntryRow>();
  for (const each of events) {
    const key = entryProjection.keyOf(each)?.join('/');
    if (key === undefined) continue;
    const row = entryProjection.evolve(rows.get(key) ?? null, each);
    if (row !== null) rows.set(key, row);
  }
  return [...rows.values()];
}

describe('the audit trail', () => {
  it('holds exactly one entry per command, however many events it wrote (U-01)', () => {
    const rows = folded([
      event(1, installation, 'ExtensionInstalled'),
      event(2, installation, 'ExtensionEnabled'),
      event(4, installation, 'ExtensionDisabled', { commandId: 'command-2', commandType: 'DisableExtension' }),
    ]);
    expect(rows.map((row) => [row.operation, row.outcome, row.subject, row.events])).toEqual([
      ['EnableExtension', 'allowed', 'installation:acme.notes', ['ExtensionInstalled', 'ExtensionEnabled']],
      ['DisableExtension', 'allowed', 'installation:acme.notes', ['ExtensionDisabled']],
    ]);
  });

  it('holds one entry per record, beside the change that the same command made later', () => {
    const refused = { ...recorded, data: { ...(recorded.data as object), commandId: 'command-1' } };
    expect(folded([refused, event(4, installation, 'ExtensionEnabled')])).toHaveLength(2);
    expect(folded([recorded])).toEqual([
      {
        tenant: TENANT,
        operation_id: 'entry-1',
        number: null,
        occurred_at: meta.occurredAt,
        actor: 'ada',
        actor_kind: 'user',
        operation: 'query.me',
        outcome: 'denied',
        code: 'REQUEST_DENIED',
        subject: null,
        facts: { right: 'x' },
        events: [],
        correlation_id: 'c-1',
        command_id: null,
        traceparent: null,
        position: '3',
      },
    ]);
  });

  it('keeps the tenants apart even under one command id', () => {
    expect(folded([event(1, installation, 'A'), event(2, 'extension.package-_~acme.notes', 'B', { tenant: '_' })])).toHaveLength(2);
  });

  it('names the member, not the list of members', () => {
    const [row] = folded([event(1, `tenancy.membership-${TENANT}~members`, 'MemberAdded', {}, { member: 'm-1', email: 'ada@acme.test' })]);
    expect(row?.subject).toBe('member:m-1');
    expect(JSON.stringify(row)).not.toContain('ada@acme.test');
  });

  it('leaves out readings that the platform takes of itself', () => {
    expect(folded([event(1, `metrics.usage-${TENANT}~acme.notes`, 'ExtensionUsageMeasured')])).toEqual([]);
  });
});

it('D-18: the entries that a summary carries are what they were, number included, and those that are still there stay', () => {
  const leaf = {
    operation_id: 'command-7',
    number: '41',
    occurred_at: '2026-01-01T00:00:07.000Z',
    actor: 'ada',
    actor_kind: 'user',
    operation: 'StartRun',
    subject: 'run:1',
    events: ['RunStarted'],
    correlation_id: 'c-7',
    traceparent: null,
    position: '7',
  } as const;
  const carrier = event(
    90,
    `workflow.run-${TENANT}~run-1`,
    'RunSummarised',
    { commandId: 'summary-1', commandType: 'SummariseRun' },
    { auditLeaves: [leaf] },
  );
  const spread = entryProjection.spread?.(carrier) ?? [];
  expect(spread.map((one) => entryProjection.keyOf(one))).toEqual([
    [TENANT, 'summary-1'],
    [TENANT, 'command-7'],
  ]);
  expect(entryProjection.carried?.numbersOf(carrier)).toEqual(['41']);
  const [own, carried] = spread.map((one) => entryProjection.evolve(null, one));
  expect(own).toMatchObject({ operation: 'SummariseRun', number: null, position: '90' });
  const was = event(7, `workflow.run-${TENANT}~run-1`, 'RunStarted', {
    commandId: 'command-7',
    commandType: 'StartRun',
    correlationId: 'c-7',
    occurredAt: leaf.occurred_at,
  });
  expect(carried).toEqual({ ...entryProjection.evolve(null, was), number: '41', subject: 'run:1' });
  expect(entryProjection.evolve(carried as EntryRow, spread[1]!)).toBe(carried);
});
