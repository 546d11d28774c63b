import { expect, it } from '@jest/globals';
import { Rejection, streamId, Unavailable } from '@kari/kernel';
import type { Schedules } from '@kari/schedule/contract';
import { DEFINITION_CATEGORY } from './definition.events.js';
import type { VersionView } from './definition.view.js';
import { ScheduledWorkflows } from './scheduled-workflows.reactor.js';
import { set, workflow } from './testing/documents.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const cause = { tenant: TENANT, correlationId: 'c', eventId: 'e' };
const DOCUMENTS = [
  workflow([set('a')], { schedule: { cron: '0 9 * * *' } }, { title: 'Digest', metadata: { kari: { timeZone: 'Europe/Paris' } } }),
  workflow([set('a')]),
];

function bench(failure: Error | null = null) {
  const asked: unknown[] = [];
  const told = (...what: unknown[]): Promise<void> => {
    asked.push(what);
    return failure === null ? Promise.resolve() : Promise.reject(failure);
  };
  const schedules: Schedules = {
    attach: (schedule, why) => told('attach', schedule, why),
    detach: (kind, id, why) => told('detach', kind, id, why),
    targetGone: (kind, id, why) => told('gone', kind, id, why),
  };
  const version = (_tenant: string, _workflow: string, number: number) =>
    Promise.resolve({ document: JSON.stringify(DOCUMENTS[number - 1]) } as VersionView);
  const reactor = new ScheduledWorkflows({ version }, schedules);
  const say = (type: string, number = 1) =>
    reactor.react({
      ...{ id: 'e', stream: streamId(DEFINITION_CATEGORY, TENANT, 'digest'), revision: 0n, position: '1', version: 1, recordedAt: '' },
      ...{ type, data: { workflow: 'digest', version: number } },
      meta: {
        ...{ tenant: TENANT, actor: 'a', actorKind: 'user', commandId: 'c', commandType: 'ActivateWorkflow' },
        ...{ correlationId: 'c', occurredAt: '2026-01-01T00:00:00.000Z' },
      },
    });
  return { asked, say };
}

it('lets the schedule of the active version start it', async () => {
  const { asked, say } = bench();
  await say('WorkflowActivated');
  const timing = { cron: '0 9 * * *', timeZone: 'Europe/Paris', every: null, after: null };
  const attached = { kind: 'workflow', id: 'digest', name: 'Digest', timing, overlap: 'skip', missed: 'one' };
  expect(asked).toEqual([['attach', attached, cause]]);
});

it('and no other: not of a version without one, nor of a workflow that is not active or gone', async () => {
  const { asked, say } = bench();
  await say('WorkflowActivated', 2);
  await say('WorkflowDeactivated');
  await say('WorkflowDeleted');
  expect(asked).toEqual([
    ['detach', 'workflow', 'digest', cause],
    ['detach', 'workflow', 'digest', cause],
    ['gone', 'workflow', 'digest', cause],
  ]);
});

it('is tried again when it passes, and not when it is refused', async () => {
  await expect(bench(new Unavailable('away', true)).say('WorkflowActivated')).rejects.toThrow('away');
  await bench(new Rejection('SCHEDULE_TIMING_INVALID')).say('WorkflowActivated');
});
