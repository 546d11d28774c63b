// Z-02: what one tenant has planted everywhere never appears in anything that the admin of another can get to see.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { askEverything, type Answered } from '../../support/everything-asked.js';
import { listen, startExtensionWorld, type ExtensionWorld, type Heard, type TenantDesk } from '../../support/extension-world.js';

const CANARY = 'canary-b41d77';
const planted = (place: string): string => `${CANARY}-${place}`;

let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;
let event = '';
const heard: Heard<unknown>[] = [];

beforeAll(async () => {
  world = await startExtensionWorld();
  [a, b] = [await world.tenant('tenant-a'), await world.tenant('tenant-b')];
  await Promise.all([a, b].map((tenant) => tenant.install('fixture.notes', 'fixture.teller', 'fixture.hearer', 'fixture.caller')));
  const watched = [
    'auditEntryRecorded { operation subject facts { value } }',
    'configurationChanged { values }',
    'extensionChanged { id }',
    'extensionEventPublished { data }',
    'logWritten { message fields }',
    'sandboxStatus { reason }',
    'tenantChanged { id name }',
    'usageMeasured { extension }',
  ];
  for (const query of watched) heard.push(await listen(a.caller, `subscription { ${query} }`));
  await plant();
}, 120_000);

afterAll(async () => {
  await Promise.all(heard.map((subscription) => subscription.dispose()));
  await world?.stop();
}, 60_000);

async function plant(): Promise<void> {
  const set = (extension: string, values: unknown): Promise<unknown> =>
    b.caller.data('mutation ($input: SetConfigurationInput!) { setConfiguration(input: $input) { revision } }', {
      input: { extension, values },
    });
  await set('fixture.notes', { motto: planted('config') });
  await b.caller.data('mutation ($input: SetSecretInput!) { setSecret(input: $input) { version } }', {
    input: { extension: 'fixture.caller', name: 'api_key', value: planted('secret') },
  });
  await b.caller.data('mutation ($input: AddMemberInput!) { addMember(input: $input) { id } }', {
    input: { email: `${planted('mail')}@example.invalid`, name: planted('member'), roles: ['viewer'] },
  });
  await b.caller.data('mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id } }', {
    input: { name: planted('robot'), roles: ['viewer'] },
  });
  await b.call('note.set', { key: planted('key'), value: planted('value') });
  await b.call('note.tell', { value: planted('log-and-event') });
  await set('fixture.hearer', { deadlyWord: planted('parked') });
  event = (await b.call<{ ids: string[] }>('tell.all', { key: planted('event-key'), texts: [planted('parked')] })).ids[0] ?? '';
  await b.caller.ask(`mutation { enableExtension(extension: "fixture.${planted('refused')}") { id } }`);
}

const argumentsOf = (tenant: string): Record<string, Record<string, unknown>> => ({
  ...Object.fromEntries(
    [
      'configuration',
      'configurationHistory',
      'extension',
      'extensionHealth',
      'extensionWishOutcomes',
      'installProgress',
      'package',
      'previewInstall',
      'previewUpgrade',
      'sandbox',
    ].map((field) => [field, { extension: 'fixture.notes' }]),
  ),
  tenant: { id: tenant },
  whyDenied: { extension: 'fixture.notes', method: 'kv.get', request: JSON.stringify({ key: planted('key') }) },
  extensionsAt: { moment: new Date().toISOString() },
  viewHash: { name: 'extension.registry' },
});

const everything = (caller: GraphqlCaller, tenant: string): Promise<readonly Answered[]> => askEverything(caller, argumentsOf(tenant));
const fieldsShowing = (answers: readonly Answered[], place: string): readonly string[] =>
  answers.filter(({ text }) => text.includes(planted(place))).map(({ field }) => field);

it('shows its own to each: without that, nothing is proved by silence', async () => {
  const own = await eventually(
    () => everything(b.caller, b.id),
    (answers) =>
      ['parkedEvents', 'eventDeliveries', 'logs', 'events', 'members'].every((field) =>
        answers.some((answer) => answer.field === field && answer.text.includes(CANARY)),
      ),
    40_000,
  );
  expect(
    own.filter(({ code }) => code === 'REQUEST_INVALID' || code === 'REQUEST_DOCUMENT').map(({ document, code }) => `${code} ${document}`),
  ).toEqual([]);
  expect(fieldsShowing(own, 'config')).toEqual(expect.arrayContaining(['configuration', 'configurationHistory']));
  expect(fieldsShowing(own, 'member')).toContain('members');
  expect(fieldsShowing(own, 'robot')).toContain('serviceAccounts');
  expect(fieldsShowing(own, 'log-and-event')).toEqual(expect.arrayContaining(['logs', 'events']));
  expect(fieldsShowing(own, 'event-key')).toEqual(expect.arrayContaining(['parkedEvents', 'eventDeliveries']));
  expect(fieldsShowing(own, 'secret')).toEqual([]);
  expect(fieldsShowing(own, 'value')).toEqual([]);
}, 60_000);

it('shows nothing of it to the admin of another tenant, by any query, in data or in errors', async () => {
  const answers = await everything(a.caller, a.id);
  expect(answers.length).toBeGreaterThan(30);
  const own = answers.filter(
    ({ field, text }) => field !== 'whyDenied' && (text.includes(CANARY) || text.includes(b.id) || text.includes('tenant-b')),
  );
  expect(own.map(({ field, text }) => `${field}: ${text}`)).toEqual([]);
  expect((await everything(a.caller, b.id)).find(({ field }) => field === 'tenant')?.code).not.toBeNull();
});

it('tells it nothing either under the name of the other tenant, or by the ids of its things', async () => {
  const foreign = await everything(a.caller.as({ tenant: 'tenant-b' }), b.id);
  expect(foreign.filter(({ code }) => code === null).map(({ field }) => field)).toEqual([]);
  expect(foreign.filter(({ text }) => text.includes(CANARY)).map(({ field }) => field)).toEqual([]);

  const ids = await a.caller.data(
    'query ($event: ID!) { eventDeliveries(event: $event) { nodes { key } } events(key: "canary-b41d77-event-key") { nodes { id } } logs(text: "canary") { nodes { id } } }',
    { event },
  );
  expect(ids).toEqual({ eventDeliveries: { nodes: [] }, events: { nodes: [] }, logs: { nodes: [] } });
  expect(
    await a.caller.code('mutation ($event: ID!) { dropParkedEvent(event: $event, subscriber: "fixture.hearer") { status } }', { event }),
  ).toBe('AUTOMATION_DELIVERY_NOT_PARKED');
  const [member] = (
    await b.caller.data<{ members: { nodes: { id: string; name: string }[] } }>('{ members { nodes { id name } } }')
  ).members.nodes.filter(({ name }) => name === planted('member'));
  const erased = await a.caller.ask('mutation ($id: ID!) { eraseMember(id: $id) { present } }', { id: member?.id });
  expect(JSON.stringify(erased)).not.toContain(CANARY);
  expect(JSON.stringify(await b.caller.data('{ members { nodes { name } } }'))).toContain(planted('member'));
});

it('says nothing of it in any subscription, though it speaks of the own tenant', async () => {
  await a.call('note.tell', { value: 'of tenant a' });
  await heard[4]?.until((lines) => JSON.stringify(lines).includes('of tenant a'));
  await heard[3]?.until((events) => JSON.stringify(events).includes('of tenant a'));
  const said = JSON.stringify(heard.map(({ items }) => items));
  expect(said).not.toContain(CANARY);
  // The entries of the audit trail name what its own admin has asked for, the other tenant among it.
  expect(JSON.stringify(heard.slice(1).map(({ items }) => items))).not.toContain(b.id);
});
