// The test host refuses what the platform refuses, and catches an extension that lies about itself.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { DataCollection, Manifest, ManifestData } from '@kari/protocol/manifest';
import { extension, PluginError, type AnyExtension, type HandlerContext, type PluginHandler } from '@kari/sdk';
import { handlerProblems } from './handler-problems.js';
import { ContractViolation, TestClock, testHost, type TestHost, type TestHostOptions } from './index.js';

const reason = 'The spec wants to see what happens.';
const manifest = {
  id: 'acme.test',
  name: 'Test',
  version: '1.0.0',
  description: 'Everything a test host must know about.',
  license: 'MIT',
  category: 'utilities' as const,
  platform: '*',
  entry: 'index.ts',
  permissions: {
    kv: { bytes: 1_024, reason },
    http: [{ host: 'api.example.org', methods: ['GET' as const], reason }],
    secrets: [{ name: 'api_key', hosts: ['api.example.org'], reason }],
    events: [{ publish: 'acme.test.done.v1', reason }],
  },
  plugins: {
    'a.run': {
      description: 'Runs whatever the spec wants.',
      version: '1.0.0',
      input: { type: 'object' },
      output: { type: 'object', properties: { n: { type: 'integer' } } },
      errors: { KNOWN: { description: 'It is declared.', details: { type: 'object', required: ['why'] } } },
      effect: 'none' as const,
      idempotent: true,
      examples: [{ input: {}, output: { n: 1 } }],
    },
  },
  events: { publishes: { 'acme.test.done.v1': { description: 'Done.', schema: { type: 'object', required: ['n'] } } } },
};

type Run = PluginHandler<AnyExtension, string>;
const hosting = (run: Run, options: TestHostOptions = {}) =>
  testHost({ manifest, start: extension({ plugins: { 'a.run': run } }) }, options);

describe('contracts', () => {
  it("an output that breaks the contract is the extension's fault", async () => {
    const host = await hosting(() => ({ n: 'one' }));
    await expect(host.call('a.run', {})).rejects.toThrow(ContractViolation);
    expect(await host.checkExamples()).toHaveLength(1);
  });

  it("an input that breaks it is the caller's, and never arrives", async () => {
    let arrived = false;
    const host = await hosting(() => ((arrived = true), {}));
    await expect(host.call('a.run', [])).rejects.toMatchObject({ code: 'INVALID' });
    await expect(host.call('a.none', {})).rejects.toMatchObject({ reason: 'PLUGIN_NOT_FOUND' });
    expect(arrived).toBe(false);
  });

  it.each([
    ['a declared error with its details', new PluginError('KNOWN', 'yes', { why: 'so' }), PluginError],
    ['a declared error without them', new PluginError('KNOWN', 'yes'), ContractViolation],
    ['an error that nobody declared', new PluginError('UNKNOWN', 'no'), ContractViolation],
    ['a bug', new RangeError('oops'), RangeError],
  ])('%s', async (_name, thrown, kind) => {
    const host = await hosting(() => {
      throw thrown;
    });
    await expect(host.call('a.run', {})).rejects.toThrow(kind);
  });

  it('says in which file and line code and manifest differ', async () => {
    const folder = new URL('../../../test/fixtures/extensions/shelf', import.meta.url);
    const different = extension({ routes: { whoami: () => null, lost: () => null } });
    const refused = await testHost({ folder, start: different }).catch((error: unknown) => String(error));
    const manifestLines = readFileSync(new URL(`${folder.href}/extension.json`), 'utf8').split('\n');
    const line = manifestLines.findIndex((text) => text.includes('"list": {')) + 1;
    expect(refused).toContain(`extension.json:${line}: the manifest declares a handler that the code lacks: route:list`);
    expect(refused).toContain('the code has a handler that the manifest does not declare: route:lost');
    expect(refused).not.toContain('route:whoami');
    expect(await handlerProblems({ id: 'acme.test' } as Manifest, ['route:misbehave', 'hook:onInstall'], fileURLToPath(folder))).toEqual([
      expect.stringMatching(/^src\/index\.ts:\d+: the code has a handler that the manifest does not declare: route:misbehave$/),
    ]);
  });

  it('code and manifest must have the same handlers', async () => {
    await expect(testHost({ manifest, start: extension({}) })).rejects.toThrow(/lacks: plugin:a\.run/);
    await expect(testHost({ manifest, start: extension({ plugins: { 'a.run': () => ({}), 'b.extra': () => ({}) } }) })).rejects.toThrow(
      /does not declare: plugin:b\.extra/,
    );
    await expect(testHost({ manifest: { ...manifest, license: '' }, start: extension({}) })).rejects.toMatchObject({
      code: 'PACKAGE_MANIFEST_INVALID',
    });
  });
});

describe('capabilities', () => {
  const attempt = async (run: Run, options: TestHostOptions = {}) => {
    const host = await hosting(run, options);
    const error = await host.call('a.run', {}).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return { host, error };
  };

  it.each<[string, Run, string]>([
    ['a host that is not declared', (_i, { http }) => http.fetch('https://evil.example/'), 'DENIED'],
    ['a method that is not declared', (_i, { http }) => http.fetch('https://api.example.org/', { method: 'POST' }), 'DENIED'],
    ['http where https is declared', (_i, { http }) => http.fetch('http://api.example.org/'), 'DENIED'],
    ['a plugin that is not declared', (_i, { plugins }) => plugins.call('time.now', {}), 'DENIED'],
    ['an event that is not declared', (_i, { events }) => events.publish('acme.test.other.v1', 'k', {}), 'DENIED'],
    ['a secret that is not declared', (_i, { secrets }) => secrets.handle('other'), 'DENIED'],
    ['a secret that nobody stored', (_i, { secrets }) => secrets.handle('api_key'), 'INVALID'],
    ['a version that is not there', (_i, { kv }) => kv.set('k', 1, { expectedVersion: 4 }), 'INVALID'],
    ['more than the store may hold', (_i, { kv }) => kv.set('k', 'x'.repeat(2_000)), 'LIMIT'],
    ['a key of nothing', (_i, { kv }) => kv.get(''), 'INVALID'],
  ])('%s: %s', async (_name, run, code) => {
    const { host, error } = await attempt(run);
    expect(error).toMatchObject({ code });
    expect(host.calls).toMatchObject([{ outcome: code }]);
  });

  it('an event whose data breaks its schema', async () => {
    const { error } = await attempt((_i, { events }) => events.publish('acme.test.done.v1', 'k', {}));
    expect(error).toBeInstanceOf(ContractViolation);
  });

  it('what is revoked is denied at the next call', async () => {
    const host = await hosting(async (_i, { kv }) => ({ n: (await kv.set('k', 1)).version }));
    expect(await host.call('a.run', {})).toEqual({ n: 1 });
    host.revoke('kv');
    await expect(host.call('a.run', {})).rejects.toMatchObject({ code: 'DENIED' });
    expect(() => host.revoke('kv')).toThrow(/no grant kv/);
  });

  it('the value of a secret appears only where it is bound to go, and never to the code', async () => {
    const seen: string[] = [];
    const { error } = await attempt(
      async (_i, { http, secrets }) => {
        const handle = await secrets.handle('api_key');
        seen.push(handle);
        await http.fetch('https://api.example.org/', { headers: { Authorization: { $secret: handle, prefix: 'Bearer ' } } });
        return {};
      },
      { secrets: ['api_key'], http: ({ headers }) => (seen.push(headers['authorization']!), {}) },
    );
    expect(error).toBeNull();
    expect(seen).toEqual(['secret:api_key:test', 'Bearer <secret:api_key>']);
  });
});

describe('an upgrade', () => {
  const older = () =>
    testHost({
      manifest,
      start: extension({ plugins: { 'a.run': async (_i: unknown, { kv }) => ({ n: (await kv.set('note', 'hello')).version }) } }),
    });
  const newer = (stored: Readonly<Record<string, unknown>>, healthy = true) =>
    testHost(
      {
        manifest: { ...manifest, version: '2.0.0' },
        start: extension({
          plugins: { 'a.run': () => ({ n: 1 }) },
          onUpgrade: async (from: string, { kv }) => {
            if (from.startsWith('1.')) await kv.set('text', (await kv.get<string>('note'))?.value ?? '');
          },
          onHealthCheck: () => ({ healthy, reasons: ['no text'] }),
        }),
      },
      { stored },
    );

  it('takes over what the older version has stored, twice without harm', async () => {
    const before = await older();
    await before.call('a.run', {});
    const after = await newer(before.stored);
    await after.upgrade('1.0.0');
    await after.upgrade('1.0.0');
    expect(after.stored).toEqual({ note: 'hello', text: 'hello' });
  });

  describe('of tables', () => {
    const text = { type: 'text', maxLength: 50 } as const;
    const keeping = (data: ManifestData, before?: TestHost) => {
      const granted = Object.keys(data.collections).map((collection) => ({ collection, access: 'write' as const, reason: 'to keep rows' }));
      return testHost(
        {
          manifest: { ...manifest, data, permissions: { ...manifest.permissions, data: granted } },
          start: extension({
            plugins: {
              'a.run': async (_i: unknown, context: HandlerContext<AnyExtension>) => {
                await context.data.write(['same', 'same'].map((word) => ({ collection: 'note', insert: { word } })));
                return { n: 2 };
              },
            },
          }),
        },
        before === undefined ? {} : { before },
      );
    };
    const note = (more: Partial<DataCollection> = {}): ManifestData['collections'] => ({
      note: { description: 'x', fields: { word: text }, ...more },
    });

    it('starts with the rows of the version before, under new ids for what comes', async () => {
      const before = await keeping({ version: 1, collections: note() });
      await before.call('a.run', {});
      const fields = { said: text, size: { type: 'integer', required: true, default: 7 } } as const;
      const after = await keeping(
        { version: 2, collections: note({ fields }), migrations: [{ to: 2, collection: 'note', rename: { from: 'word', to: 'said' } }] },
        before,
      );
      expect(after.rows['note']).toMatchObject([
        { said: 'same', size: 7, version: 1 },
        { said: 'same', size: 7, version: 1 },
      ]);
      const again = await keeping({ version: 1, collections: note() }, before);
      await again.call('a.run', {});
      expect(new Set(again.rows['note']?.map(({ id }) => id)).size).toBe(4);
      expect(before.rows['note']).toHaveLength(2);
    });

    it('sees no rows of users in a hook, which is nobody’s call, as on the platform', async () => {
      const seen: unknown[] = [];
      const collections: ManifestData['collections'] = { mine: { description: 'x', scope: 'user', fields: { word: text } } };
      const host = await testHost({
        manifest: {
          ...manifest,
          data: { version: 1, collections },
          permissions: { ...manifest.permissions, data: [{ collection: 'mine', access: 'write' as const, reason: 'to keep rows' }] },
        },
        start: extension({
          plugins: {
            'a.run': async (_i: unknown, { data }: HandlerContext<AnyExtension>) => {
              await data.table('mine').insert({ word: 'mine' });
              return { n: await data.table('mine').count() };
            },
          },
          onUpgrade: async (_from: string, { data }: HandlerContext<AnyExtension>) => {
            seen.push(await data.table('mine').count());
            await data.table('mine').insert({ word: 'nobody’s' });
          },
        }),
      });
      expect(await host.call('a.run', {})).toEqual({ n: 1 });
      await expect(host.upgrade('1.0.0')).rejects.toMatchObject({ code: 'DENIED', reason: 'DATA_NO_USER' });
      expect(seen).toEqual([0]);
    });

    it('is refused where its rows break a rule, or the layout would lose values', async () => {
      const before = await keeping({ version: 1, collections: note() });
      await before.call('a.run', {});
      await expect(
        keeping({ version: 2, collections: note({ indexes: [{ fields: ['word'], unique: true }] }) }, before),
      ).rejects.toMatchObject({ code: 'DATA_MIGRATION_FAILED', facts: { reason: 'rows that are there share a value' } });
      await expect(keeping({ version: 2, collections: note({ fields: { other: text } }) }, before)).rejects.toMatchObject({
        code: 'DATA_LAYOUT_NARROWS',
      });
    });
  });

  it('is refused where the new version says that it is not well', async () => {
    await expect((await newer({}, false)).upgrade('1.0.0')).rejects.toThrow('not healthy after the upgrade: no text');
  });
});

describe('time and cancelling', () => {
  it('a handler that takes too long is late, and is told', async () => {
    let told = false;
    const host = await hosting((_i, { signal }) => new Promise(() => signal.addEventListener('abort', () => (told = true))));
    await expect(host.call('a.run', {}, { deadlineMs: 20 })).rejects.toMatchObject({ code: 'DEADLINE' });
    expect(told).toBe(true);
  });

  it('a caller that leaves cancels', async () => {
    const controller = new AbortController();
    const host = await hosting(() => new Promise(() => controller.abort()));
    await expect(host.call('a.run', {}, { signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('the clock stands still, moves on, and gives Date back', async () => {
    const before = Date.now();
    const host = await hosting(() => ({ n: Date.now() }), { now: '2026-01-01T00:00:00Z' });
    const midnight = Date.parse('2026-01-01T00:00:00Z');
    expect(await host.call('a.run', {})).toEqual({ n: midnight });
    host.clock.advance(5);
    expect(await host.call('a.run', {})).toEqual({ n: midnight + 5 });
    expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    await host.close();
    expect(Date.now()).toBeGreaterThanOrEqual(before);
    expect(() => new TestClock('never')).toThrow(RangeError);
  });
});
