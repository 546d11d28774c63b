import { expect, it } from '@jest/globals';
import { handleCommand, rejected, type CommandBus, type RequestContext } from '@kari/kernel';
import { MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { systemPrincipal } from '@kari/platform/command-bus';
import { Registry } from '@kari/platform/registry';
import type { ScheduleTarget } from '../contract.js';
import { scheduleStream, type ScheduleCommand } from './schedule.commands.js';
import { scheduleDecider } from './schedule.decider.js';
import { MOST_SCHEDULES, Scheduling } from './scheduling.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const CONTEXT: RequestContext = { principal: systemPrincipal('test'), tenant: TENANT, correlationId: 'c' };
const WISH = {
  ...{ name: 'n', kind: 'workflow', target: 'digest', input: undefined, timing: { every: 60_000 }, overlap: null, missed: null },
  missedLimit: null,
};

function bench(schedules: number) {
  const store = new MemoryEventStore();
  const send = (command: ScheduleCommand, { commandId = '', principal, tenant, correlationId }: RequestContext) =>
    handleCommand(store, scheduleDecider, scheduleStream(tenant, command.data.schedule), command, {
      ...{ commandId, tenant, actor: principal.id, actorKind: principal.kind, correlationId, now: '2026-01-01T00:00:00.000Z' },
    });
  const targets = new Registry<ScheduleTarget>('target', ({ kind }) => kind);
  const check = (_tenant: string, id: string) => (id === 'digest' ? Promise.resolve() : Promise.reject(rejected('WORKFLOW_NOT_FOUND')));
  targets.add({ kind: 'workflow', check } as unknown as ScheduleTarget);
  const queries = { count: () => Promise.resolve(schedules) };
  return new Scheduling(queries, targets, { send } as unknown as CommandBus, seededIds(1));
}

it('makes a schedule with what is usual, and the same one for the same command', async () => {
  const scheduling = bench(0);
  const context = { ...CONTEXT, commandId: '00000000-0000-7000-8000-000000000001' };
  const { state } = await scheduling.create(WISH, context);
  expect(state).toMatchObject({ status: 'active', overlap: 'skip', missed: 'one', missedLimit: 100, input: null, attached: false });
  expect((await scheduling.create(WISH, context)).state).toEqual(state);
  expect((await scheduling.create(WISH, CONTEXT)).state).not.toMatchObject({ schedule: (state as { schedule: string }).schedule });
});

it('makes none of what there is not, nor more than a tenant may have', async () => {
  await expect(bench(0).create({ ...WISH, target: 'other' }, CONTEXT)).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
  await bench(MOST_SCHEDULES - 1).create(WISH, CONTEXT);
  await expect(bench(MOST_SCHEDULES).create(WISH, CONTEXT)).rejects.toMatchObject({ code: 'SCHEDULE_LIMIT' });
});
