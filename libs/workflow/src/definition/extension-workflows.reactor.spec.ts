import { afterAll, beforeEach, expect, it } from '@jest/globals';
import { extensionEvents } from '@kari/extension/contract';
import { idOf, streamId, type RecordedEvent } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds } from '@kari/kernel/testing';
import { memoryBlobs } from '@kari/platform/blob';
import { StoreCommandBus } from '@kari/platform/command-bus';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import type { Tenants } from '@kari/tenancy/contract';
import { A, B, contract, manifestOf } from '../plugins/testing/plugin-room.js';
import { Blocking } from './blocking.js';
import { evolveWorkflow, workflowDecider, type WorkflowState } from './definition.decider.js';
import { workflowCommands } from './definition.definitions.js';
import { DEFINITION_CATEGORY, type WorkflowEvent } from './definition.events.js';
import { InstallationSnapshot } from './installation-snapshot.js';
import { ExtensionWorkflows } from './extension-workflows.reactor.js';
import { languageRoom } from './testing/language-room.js';

const EXTENSION = 'acme.notes';
const SOURCE = "document: { dsl: '1.0.3', name: digest, version: 1.0.0 }\ndo: [ { tidy: { call: note.tidy, with: { n: 1 } } } ]\n";
const language = languageRoom();
afterAll(() => language.close());

let bench: Awaited<ReturnType<typeof start>>;
beforeEach(async () => {
  bench = await start();
});

it('are saved with their extension, owned by it, and gone with it', async () => {
  await bench.install(SOURCE);
  expect(await bench.state('digest')).toMatchObject({ status: 'saved', owner: EXTENSION });
  expect((await bench.state('digest')).versions[0]?.needs).toEqual([{ pointer: '/do/0/tidy/call', call: 'note.tidy@1' }]);
  await bench.say(extensionEvents.enabled);
  expect((await bench.state('digest')).versions).toHaveLength(1);
  await bench.remove();
  expect((await bench.state('digest')).status).toBe('deleted');
});

it('are changed by a new version of their extension; what it no longer brings is taken away', async () => {
  await bench.install(SOURCE, 'digest');
  await bench.install(SOURCE.replace('{ n: 1 }', '{ n: 2 }'), 'digest');
  expect((await bench.state('digest')).versions).toHaveLength(2);
  await bench.install(SOURCE, 'other');
  expect([(await bench.state('digest')).status, (await bench.state('other')).status]).toEqual(['deleted', 'saved']);
});

it('that need what is not there yet are saved all the same, and blocked; those that are wrong are refused, and that is audited', async () => {
  await bench.install(SOURCE.replace('note.tidy', 'text.absent'));
  const { status, versions } = await bench.state('digest');
  expect(status).toBe('saved');
  expect(bench.blocking.reason(A, EXTENSION, versions[0]!.needs)).toContain('text.absent');
  // The tenant could call it; the extension was not granted it.
  await bench.install(SOURCE.replace('note.tidy', 'text.repeat@1').replace('{ n: 1 }', '{ text: x }'));
  expect(bench.blocking.reason(A, EXTENSION, (await bench.state('digest')).versions[1]!.needs)).toContain('may not call');
  await bench.install(SOURCE.replace('with:', 'wiht:'), 'broken');
  expect((await bench.state('broken')).status).toBe('absent');
  expect(bench.audited).toContainEqual(expect.objectContaining({ operation: 'SaveWorkflow', code: 'WORKFLOW_INVALID' }));
});

it('stay in their tenant', async () => {
  await bench.install(SOURCE);
  expect((await bench.state('digest', B)).status).toBe('absent');
});

it('of an extension that was removed meanwhile are not waited for', async () => {
  const [installed] = [await bench.append(extensionEvents.installed)];
  await bench.append(extensionEvents.removed);
  await bench.reactor.react(installed);
  expect((await bench.state('digest')).status).toBe('absent');
});

async function start() {
  const store = new MemoryEventStore({ clock: manualClock() });
  const ids = seededIds(11);
  const blobs = memoryBlobs();
  const audited: unknown[] = [];
  const { installations } = language.plugins;
  let current: { revision: bigint; file: string; hash: string } | null = null;
  const seen: typeof installations = {
    ...installations,
    find: (tenant, extension) => {
      if (tenant !== A || extension !== EXTENSION || current === null) return installations.find(tenant, extension);
      const manifest = manifestOf(
        EXTENSION,
        { 'note.tidy': contract() },
        { workflows: { [current.file]: { description: 'd', file: 'workflows/w.yaml' } } },
      );
      const version = { extension: EXTENSION, version: '1.0.0', manifest, bundleHash: '', assets: {}, trust: 'development' as const };
      const documents = { 'workflows/w.yaml': current.hash };
      return { tenant, extension, status: 'enabled', version: { ...version, documents }, grants: [], revision: current.revision };
    },
    ofTenant: (tenant) => {
      const own = seen.find(tenant, EXTENSION);
      return own === null ? installations.ofTenant(tenant) : [...installations.ofTenant(tenant), own];
    },
  };
  const blocking = new Blocking(seen);
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  commands.add(...workflowCommands(blocking.reason));
  const audit = { record: (record: unknown) => (audited.push(record), Promise.resolve()) };
  const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, manualClock(), ids, systemTimers);
  const tenants = { find: () => ({ id: A, slug: 'acme', status: 'active' }) } as unknown as Tenants;
  const { initialState } = workflowDecider(() => null);
  const state = async (workflow: string, tenant = A): Promise<WorkflowState> => {
    let folded = initialState;
    for await (const event of store.readStream(streamId(DEFINITION_CATEGORY, tenant, `${EXTENSION}/${workflow}`)))
      folded = evolveWorkflow(folded, event as unknown as WorkflowEvent);
    return folded;
  };
  /** What the view would answer. */
  const ownedBy = async (tenant: string, owner: string): Promise<readonly string[]> => {
    const names = new Set<string>();
    for await (const { stream } of store.readAll({ filter: { categories: [DEFINITION_CATEGORY] } })) names.add(idOf(stream));
    const own = [...names].filter((name) => name.startsWith(`${owner}/`));
    const states = await Promise.all(own.map((name) => state(name.slice(owner.length + 1), tenant)));
    return own.filter((_, index) => states[index]!.status === 'saved' || states[index]!.status === 'active');
  };
  const validator = new (language.validator.constructor as new (...given: unknown[]) => typeof language.validator)(
    seen,
    language.evaluator,
  );
  const reactor = new ExtensionWorkflows(
    blobs,
    tenants,
    bus,
    validator,
    blocking,
    { ownedBy },
    new InstallationSnapshot(seen, store, systemTimers),
  );
  const stream = streamId('extension.installation', A, EXTENSION);
  let revision = -1n;
  const append = async (type: string): Promise<RecordedEvent> => {
    const meta = {
      tenant: A,
      actor: 'someone',
      actorKind: 'user',
      commandId: ids.next(),
      commandType: 'X',
      correlationId: 'c',
      occurredAt: '2026-01-01T00:00:00.000Z',
    } as const;
    const expected = revision < 0n ? 'none' : revision;
    await store.append([{ stream, expected, events: [{ id: ids.next(), type, version: 1, data: { extension: EXTENSION }, meta }] }]);
    revision += 1n;
    for await (const event of store.readStream(stream, { from: revision })) return event;
    throw new Error('it was not appended');
  };
  const say = async (type: string) => {
    const event = await append(type);
    if (current !== null) current = { ...current, revision };
    await reactor.react(event);
  };
  return {
    audited,
    blocking,
    reactor,
    append,
    state,
    say,
    async install(source: string, file = 'digest') {
      const hash = (await blobs.put(new TextEncoder().encode(source))).replace('sha256-', '');
      current = { revision, file, hash };
      await say(extensionEvents.installed);
    },
    async remove() {
      current = null;
      await say(extensionEvents.removed);
    },
  };
}
