// Z-02: what one tenant has planted everywhere never appears in anything that the admin of another can get to see.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { Client } from 'pg';
import { urlsOf } from '@kari/platform/database';
import { testDatabase, type TestDatabase } from '@kari/platform/database/testing';
import { eventually, type GraphqlCaller } from '../../support/client.js';
import { askEverything, type Answered } from '../../support/everything-asked.js';
import { requestsAbout, type GeneratedRequest } from '../../support/generated-requests.js';
import { seedOf } from '../../support/seed.js';
import { patienceFor, sizeOf } from '../../support/size.js';
import { listen, startExtensionWorld, type ExtensionWorld, type Heard, type TenantDesk } from '../../support/extension-world.js';

const CANARY = 'canary-b41d77';
const planted = (place: string): string => `${CANARY}-${place}`;

let database: TestDatabase;
let world: ExtensionWorld;
let a: TenantDesk;
let b: TenantDesk;
let event = '';
const heard: Heard<unknown>[] = [];

beforeAll(async () => {
  database = await testDatabase();
  world = await startExtensionWorld([], { DATABASE_URL: database.ownerUrl });
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
  await database?.drop();
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
  planChanges: { input: { changes: [{ act: 'REMOVE', extension: 'fixture.notes' }] } },
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

/** What belongs to the other tenant and might be guessed, overheard or left in a browser's history: ids, keys, cursors, positions. */
async function theirs(): Promise<readonly string[]> {
  const answers = await everything(b.caller, b.id);
  const found = new Set([b.id, b.slug, event, IDEMPOTENCY_KEY, 'fixture.notes', 'fixture.teller']);
  const telling = /"(?:\w*[iI]d|key|endCursor|position|subject|correlationId|commandId|slug|name|actor|hash)":"([^"\\]{1,300})"/g;
  for (const { text } of answers)
    for (const [, value] of text.matchAll(telling)) if (value !== undefined && !value.includes(CANARY)) found.add(value);
  return [...found];
}

/** Places whose name the tests above have spoken in the name of the curious tenant: its own trail may repeat them. */
const SPOKEN = ['key', 'event-key', 'refused'].map(planted);

function leaked(answer: string): readonly string[] {
  return (answer.match(new RegExp(`${CANARY}-[a-z-]+`, 'g')) ?? []).filter((canary) => !SPOKEN.includes(canary));
}

const IDEMPOTENCY_KEY = '0195b6a0-0000-7000-8000-00000000000b';
const LANES = 12;

it(
  'Z-02: says nothing of it to any generated request',
  async () => {
    await b.caller.ask(
      'mutation ($input: AddMemberInput!) { addMember(input: $input) { id } }',
      { input: { email: 'twice@example.invalid', name: planted('idempotent'), roles: ['viewer'] } },
      { 'idempotency-key': IDEMPOTENCY_KEY },
    );
    const sdl = await readFile(resolve(import.meta.dirname, '../../../apps/server/schema.graphql'), 'utf8');
    const known = await theirs();
    expect(known.length).toBeGreaterThan(60);
    // What would only end this test's own world is left to the tests of each field.
    const requests = requestsAbout(sdl, known, ['removeExtension', 'disableExtension', 'startSession', 'issueToken']);
    const seed = seedOf('Z-02');
    const count = sizeOf('Z-02', { t1: 2_000, t2: 100_000 });
    const socketsAt = Math.max(1, Math.floor(count / 40));
    const headers = fc.record(
      {
        'kari-tenant': fc.constantFrom(b.slug, b.id, '_', a.slug),
        'idempotency-key': fc.constantFrom(IDEMPOTENCY_KEY, ...known.filter(isUuid)),
      },
      { requiredKeys: [] },
    );
    const pending = fc.sample(fc.tuple(requests, headers), { numRuns: count, seed }).entries();
    const leaks: string[] = [];
    const failures: string[] = [];
    let [answered, allowed, sockets] = [0, 0, 0];
    const ask = async (request: GeneratedRequest, more: Readonly<Record<string, string>>): Promise<void> => {
      if (request.kind === 'subscription') {
        // A few are opened; over HTTP a subscription is refused all the same.
        if (sockets < 40 && answered % socketsAt === 0) {
          sockets += 1;
          const heardThere = await listen(
            a.caller.as(more['kari-tenant'] === undefined ? {} : { tenant: more['kari-tenant'] }),
            request.document,
          );
          await a.caller.ask('{ me { id } }');
          await heardThere.dispose();
          for (const canary of leaked(JSON.stringify(heardThere.items))) leaks.push(`${canary} in ${request.document}`);
        }
      }
      const answer = await a.caller.ask(request.document, {}, more);
      answered += 1;
      if (answer.errors.length === 0) allowed += 1;
      const text = JSON.stringify(answer);
      for (const canary of leaked(text)) leaks.push(`${canary} in ${request.document}: ${text.slice(0, 300)}`);
      if (answer.errors.some(({ extensions }) => extensions.code === 'REQUEST_FAILED'))
        failures.push(`${request.document}: ${text.slice(0, 300)}`);
    };
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        for (const [, [request, more]] of pending) await ask(request, more);
      }),
    );
    process.stdout.write(
      `Z-02: ${answered} requests, ${allowed} of them answered without a refusal, ${sockets} subscriptions, ${leaks.length} canaries\n`,
    );
    expect(leaks).toEqual([]);
    expect(failures).toEqual([]);
    expect(answered).toBe(count);
    // Had every one been refused as malformed, nothing would be proved.
    expect(allowed).toBeGreaterThan(count / 20);
  },
  patienceFor(120_000),
);

it('Z-02: and shows none of it in log lines and figures', async () => {
  const lines = world.server.output().split('\n');
  expect(
    lines.filter((line) => line.includes(planted('secret')) || line.includes(planted('mail')) || line.includes(planted('value'))),
  ).toEqual([]);
  const response = await fetch(`${world.server.url}/metrics`, { headers: { authorization: `Bearer ${world.server.adminToken}` } });
  const figures = await response.text();
  expect(response.status).toBe(200);
  expect(figures).toContain('kari_graphql_operations_total');
  expect(figures).not.toContain(CANARY);
});

it('Z-02: the second wall: without any filter, the role that reads for callers sees the rows of the tenant it names and no others', async () => {
  const client = new Client({ connectionString: urlsOf(database.ownerUrl).tenant });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') and has_table_privilege(format('%I.%I', schemaname, tablename), 'select')`,
    );
    const everythingOf = async (setting: string, value: string): Promise<string> => {
      await client.query('begin');
      await client.query('select set_config($1, $2, true)', [setting, value]);
      const all = [];
      for (const { name } of tables)
        all.push((await client.query(`select to_jsonb(t) as row from ${name} t`)).rows.map(({ row }) => `${name} ${JSON.stringify(row)}`));
      await client.query('rollback');
      return all.flat().join('\n');
    };
    expect(tables.length).toBeGreaterThan(10);
    const [own, foreign, nobody, empty] = [
      await everythingOf('kari.tenant', b.id),
      await everythingOf('kari.tenant', a.id),
      await everythingOf('kari.nothing', 'x'),
      await everythingOf('kari.tenant', ''),
    ];
    for (const place of ['member', 'robot', 'log-and-event']) expect(own).toContain(planted(place));
    // What the tenant itself typed while it tried stands in its own trail.
    const known = foreign.split('\n').filter((line) => line.includes(CANARY) && !line.startsWith('audit.'));
    expect(known).toEqual([]);
    expect([nobody, empty]).toEqual(['', '']);
  } finally {
    await client.end();
  }
});

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
