// What is declared follows what is installed, over the real log and bus.
import { beforeEach, expect, it } from '@jest/globals';
import { extensionEvents, type Installation } from '@kari/extension/contract';
import { idOf, streamId, type RecordedEvent } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { StoreCommandBus, systemPrincipal, type TenantStanding } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import { tenancyEvents } from '@kari/tenancy/contract';
import { DeclaredTasks } from './declared-tasks.reactor.js';
import { taskStream } from './task.commands.js';
import { taskDecider, evolveTask, type TaskState } from './task.decider.js';
import { taskCommands } from './task.definitions.js';
import { TASK_CATEGORY, type TaskEvent } from './task.events.js';

const A = '00000000-0000-7000-8000-00000000000a';
const B = '00000000-0000-7000-8000-00000000000b';
const [SYNC, SWEEP] = ['acme.notes/sync', 'acme.notes/sweep'];
const task = { description: 'Works.', every: 'PT1M' };

let standing: TenantStanding;
let installed: Pick<Installation, 'status' | 'version'> | null;
let clock: ReturnType<typeof manualClock>;
let store: MemoryEventStore;
let declared: DeclaredTasks;
let bus: StoreCommandBus;

beforeEach(() => {
  [standing, installed] = ['open', version('1.0.0', 'sync', 'sweep')];
  clock = manualClock();
  store = new MemoryEventStore({ clock });
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...taskCommands);
  const audit = { record: () => Promise.resolve() };
  const gate = { standing: (tenant: string) => Promise.resolve(tenant === A ? standing : ('open' as const)) };
  bus = new StoreCommandBus(commands, store, audit, gate, clock, seededIds(1), systemTimers);
  const idsOf = async (tenant: string) => (await known()).filter((one) => one.tenant === tenant).map(({ id }) => id);
  declared = new DeclaredTasks({ asOf: () => Promise.resolve(installed as Installation | null) }, { idsOf }, bus, clock);
});

function version(number: string, ...names: readonly string[]): Pick<Installation, 'status' | 'version'> {
  const manifest = { id: 'acme.notes', tasks: Object.fromEntries(names.map((name) => [name, task])) };
  return { status: 'enabled', version: { version: number, manifest } as unknown as Installation['version'] };
}

/** As the list of tasks would show it. */
async function known() {
  const states = new Map<string, { tenant: string; state: TaskState }>();
  for await (const event of store.readAll({ filter: { categories: [TASK_CATEGORY] } })) {
    const state = evolveTask(states.get(event.stream)?.state ?? taskDecider.initialState, event as unknown as TaskEvent);
    states.set(event.stream, { tenant: event.meta.tenant, state });
  }
  return [...states.values()].flatMap(({ tenant, state }) =>
    state.status === 'absent' ? [] : [{ tenant, id: state.task, version: state.version, held: state.held, paused: state.paused !== null }],
  );
}

let told = 0;
const tell = (type: string, tenant = A) => {
  const deleted = type === tenancyEvents.tenantDeleted;
  const stream = deleted ? streamId('tenancy.tenant', '_', tenant) : streamId('extension.installation', tenant, 'acme.notes');
  expect(idOf(stream)).toBe(deleted ? tenant : 'acme.notes');
  told += 1;
  const meta = { tenant: deleted ? '_' : tenant, correlationId: 'c' };
  return { id: `event ${told}`, type, stream, position: String(told), meta, data: {} } as unknown as RecordedEvent;
};
const pauseSync = (tenant: string) =>
  bus.send({ type: 'PauseTask', data: { task: SYNC, reason: null } }, { principal: systemPrincipal('test'), tenant, correlationId: 'c' });

it('declares what is installed, once however often it is told, and withdraws what a later version leaves out', async () => {
  const install = tell(extensionEvents.installed);
  await declared.react(install);
  await declared.react(install);
  const one = { tenant: A, version: '1.0.0', held: null, paused: false };
  expect(await known()).toEqual([
    { ...one, id: SYNC },
    { ...one, id: SWEEP },
  ]);
  await pauseSync(A);
  installed = version('2.0.0', 'sync');
  await declared.react(tell(extensionEvents.upgraded));
  expect(await known()).toEqual([{ ...one, id: SYNC, version: '2.0.0', paused: true }]);
  installed = { ...installed, status: 'disabled' };
  await declared.react(tell(extensionEvents.disabled));
  expect((await known())[0]?.held).toContain('disabled');
});

it('the tasks of a deleted tenant go, whatever they are held by; those of its neighbour stay', async () => {
  await declared.react(tell(extensionEvents.installed));
  await declared.react(tell(extensionEvents.installed, B));
  await pauseSync(A);
  standing = 'deleted';
  const deletion = tell(tenancyEvents.tenantDeleted);
  await declared.react(deletion);
  await declared.react(deletion);
  expect((await known()).map(({ tenant, id }) => `${tenant.at(-1)} ${id}`)).toEqual([`b ${SYNC}`, `b ${SWEEP}`]);
  const facts: string[] = [];
  for await (const { type } of store.readStream(taskStream(A, SYNC))) facts.push(type);
  expect(facts).toEqual(['TaskDeclared', 'TaskPaused', 'TaskWithdrawn']);
});
