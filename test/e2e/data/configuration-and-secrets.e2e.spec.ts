// Settings and secrets of an extension as an administrator has them, and as the extension gets them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestOf, startCapabilityApp, type CapabilityApp } from '../../support/capability-app.js';
import { eventually, type GraphqlCaller } from '../../support/client.js';

const CANARY = 'canary-2b9e-value';
const NOTES = manifestOf('acme.notes', {
  permissions: {
    secrets: [{ name: 'api_key', hosts: ['api.example'], reason: 'to sign in' }],
    kv: { bytes: 2_000, reason: 'to keep notes' },
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: { url: { type: 'string' }, size: { type: 'integer', default: 10 }, key: { type: 'string', format: 'secret-handle' } },
  },
});

let app: CapabilityApp;
let a: { id: string; admin: GraphqlCaller };
let b: { id: string; admin: GraphqlCaller };
beforeAll(async () => {
  app = await startCapabilityApp();
  [a, b] = [await app.tenant('tenant-a'), await app.tenant('tenant-b')];
  for (const { id } of [a, b]) app.extensions.install(id, NOTES);
}, 60_000);
afterAll(() => app?.stop());

const SET = 'mutation($i: SetConfigurationInput!) { setConfiguration(input: $i) { extension values revision position } }';
const VIEW = '{ configuration(extension: "acme.notes") { values globalValues effective revision problems { pointer reason } } }';
const SECRETS = 'query($w: String) { secrets(waitFor: $w) { nodes { extension name hosts version fingerprint changedBy } } }';

describe('configuration', () => {
  it('is set, read with defaults and global values, kept in a history and cleared', async () => {
    const global = await app.operator.data(SET, { i: { extension: 'acme.notes', values: { size: 20 } } });
    expect(global).toMatchObject({ setConfiguration: { values: { size: 20 }, revision: '0' } });
    expect(await a.admin.data(SET, { i: { extension: 'acme.notes', values: { url: 'https://one' } } })).toMatchObject({
      setConfiguration: { revision: '0' },
    });
    expect(await a.admin.data(SET, { i: { extension: 'acme.notes', values: { url: 'https://two' }, expectedRevision: 0 } })).toMatchObject({
      setConfiguration: { revision: '1' },
    });
    expect(await a.admin.code(SET, { i: { extension: 'acme.notes', values: { url: 'https://x' }, expectedRevision: 0 } })).toBe(
      'DATA_CONFIG_CHANGED',
    );
    expect(await a.admin.data(VIEW)).toEqual({
      configuration: {
        values: { url: 'https://two' },
        globalValues: { size: 20 },
        effective: { url: 'https://two', size: 20 },
        revision: 1,
        problems: [],
      },
    });
    expect(await b.admin.data(VIEW)).toMatchObject({ configuration: { values: {}, effective: { size: 20 }, problems: [{ pointer: '' }] } });
    const history = '{ configurationHistory(extension: "acme.notes") { revision values } }';
    expect(await a.admin.data(history)).toEqual({
      configurationHistory: [
        { revision: 1, values: { url: 'https://two' } },
        { revision: 0, values: { url: 'https://one' } },
      ],
    });
    expect(await a.admin.data('mutation { clearConfiguration(extension: "acme.notes") { values revision } }')).toEqual({
      clearConfiguration: { values: null, revision: '2' },
    });
  });

  it('is compared and goes back to what it was', async () => {
    const revert = 'mutation($i: RevertConfigurationInput!) { revertConfiguration(input: $i) { values revision } }';
    const to = (revision: number, expectedRevision?: number) => ({ i: { extension: 'acme.notes', to: revision, expectedRevision } });
    const diff = (from: number, until: number): string =>
      `{ configurationDiff(extension: "acme.notes", from: ${from}, to: ${until}) { name kind before after } }`;
    expect(await a.admin.data(diff(0, 1))).toEqual({
      configurationDiff: [{ name: 'url', kind: 'CHANGED', before: 'https://one', after: 'https://two' }],
    });
    expect(await a.admin.data(diff(-1, 0))).toEqual({
      configurationDiff: [{ name: 'url', kind: 'ADDED', before: null, after: 'https://one' }],
    });
    expect(await a.admin.code(diff(0, 9))).toBe('DATA_CONFIG_NO_REVISION');
    expect(await b.admin.code(diff(0, 1))).toBe('DATA_CONFIG_NO_REVISION');

    expect(await a.admin.data(revert, to(0, 2))).toEqual({ revertConfiguration: { values: { url: 'https://one' }, revision: '3' } });
    expect(await a.admin.data(revert, to(2))).toEqual({ revertConfiguration: { values: null, revision: '4' } });
    expect(await a.admin.code(revert, to(0, 2))).toBe('DATA_CONFIG_CHANGED');
    expect(await a.admin.code(revert, to(9))).toBe('DATA_CONFIG_NO_REVISION');
    expect(await b.admin.code(revert, to(0))).toBe('DATA_CONFIG_NO_REVISION');
    const viewer = await app.somebody(a.id, 'viewer');
    expect([await viewer.code(revert, to(0)), await viewer.code(diff(0, 1))]).toEqual(['REQUEST_DENIED', 'REQUEST_DENIED']);
  });

  it("is refused when it is wrong, unknown or not one's own to change", async () => {
    expect(await a.admin.code(SET, { i: { extension: 'acme.notes', values: { url: 1 } } })).toBe('DATA_CONFIG_INVALID');
    expect(await a.admin.code(SET, { i: { extension: 'acme.absent', values: {} } })).toBe('DATA_EXTENSION_NOT_INSTALLED');
    expect(await a.admin.code(SET, { i: { extension: 'acme.notes', values: [1] } })).toBe('REQUEST_INVALID');
    const viewer = await app.somebody(a.id, 'viewer');
    expect(await viewer.code(SET, { i: { extension: 'acme.notes', values: { url: 'x' } } })).toBe('REQUEST_DENIED');
    expect(await viewer.code(VIEW)).toBe('REQUEST_DENIED');
    expect(await a.admin.as({ tenant: '_' }).code(SET, { i: { extension: 'acme.notes', values: { size: 1 } } })).not.toBeNull();
  });

  it('is told as it changes', async () => {
    const socket = a.admin.socket();
    const { setConfiguration: others } = await b.admin.data<{ setConfiguration: { position: string } }>(SET, {
      i: { extension: 'acme.notes', values: { url: 'https://canary-of-b' } },
    });
    const changes = socket.iterate<{ configurationChanged: { values: unknown } }>({
      query: 'subscription($after: String) { configurationChanged(after: $after) { extension values } }',
      variables: { after: String(BigInt(others.position) - 1n) },
    });
    const first = changes.next();
    await a.admin.data(SET, { i: { extension: 'acme.notes', values: { url: 'https://three' } } });
    expect((await first).value).toMatchObject({
      data: { configurationChanged: { extension: 'acme.notes', values: { url: 'https://three' } } },
    });
    await socket.dispose();
  });
});

describe('secrets', () => {
  it('U-05 are set and listed, and their value is nowhere to be read', async () => {
    const set = 'mutation($i: SetSecretInput!) { setSecret(input: $i) { name set version hosts fingerprint position } }';
    const changed = await a.admin.data<{ setSecret: { position: string } }>(set, {
      i: { extension: 'acme.notes', name: 'api_key', value: CANARY },
    });
    expect(changed).toMatchObject({ setSecret: { name: 'api_key', set: true, version: 1, hosts: ['api.example'] } });
    const listed = await a.admin.data(SECRETS, { w: changed.setSecret.position });
    expect(listed).toMatchObject({
      secrets: { nodes: [{ extension: 'acme.notes', name: 'api_key', hosts: ['api.example'], version: 1 }] },
    });
    expect(await b.admin.data(SECRETS)).toEqual({ secrets: { nodes: [] } });

    const refused = await a.admin.ask(set, { i: { extension: 'acme.notes', name: 'api_key', value: `${CANARY}\n` } });
    const elsewhere = await a.admin.ask(set, { i: { extension: 'acme.notes', name: 'api_key', value: CANARY, hosts: ['evil.example'] } });
    expect([refused.errors[0]?.extensions.code, elsewhere.errors[0]?.extensions.code]).toEqual([
      'DATA_SECRET_VALUE_INVALID',
      'DATA_SECRET_HOST_NOT_DECLARED',
    ]);
    const trail = await eventually(
      () => a.admin.data('{ auditEntries(first: 200) { nodes { operation subject outcome code facts { name value } } } }'),
      (entries) => JSON.stringify(entries).includes('secret-of:acme.notes~api_key'),
    );
    expect(JSON.stringify([changed, listed, refused, elsewhere, trail])).not.toContain('canary');
  });

  it('give the extension a handle, in its configuration too, and go with a deletion', async () => {
    expect(await app.broker(a.id, 'acme.notes', 'secrets.handle', { name: 'api_key' })).toEqual({
      handle: expect.stringMatching(/^secret:api_key:/),
    });
    await expect(app.broker(b.id, 'acme.notes', 'secrets.handle', { name: 'api_key' })).rejects.toMatchObject({
      code: 'DATA_SECRET_NOT_SET',
    });
    await expect(app.broker(a.id, 'acme.notes', 'secrets.handle', { name: 'other' })).rejects.toThrow('denied');
    await a.admin.data('mutation { rotateSecret(extension: "acme.notes", name: "api_key", value: "another") { version } }');
    expect(await a.admin.data('mutation { deleteSecret(extension: "acme.notes", name: "api_key") { set } }')).toEqual({
      deleteSecret: { set: false },
    });
    expect(await a.admin.code('mutation { deleteSecret(extension: "acme.notes", name: "api_key") { set } }')).toBe('DATA_SECRET_NOT_SET');
  });
});

it('Z-02 keeps what extensions keep in their tenant', async () => {
  await app.broker(a.id, 'acme.notes', 'kv.set', { key: 'note', value: 'canary of a' });
  expect(await app.broker(b.id, 'acme.notes', 'kv.get', { key: 'note' })).toEqual({ value: null, version: null });
  await expect(app.broker(a.id, 'acme.notes', 'kv.set', { key: 'big', value: 'x'.repeat(3_000) })).rejects.toMatchObject({
    code: 'DATA_KV_QUOTA',
  });
});
