import { describe, expect, it } from '@jest/globals';
import { systemClock, systemIds, systemTimers } from '@kari/platform/time';
import type { Installation } from '@kari/extension/contract';
import type { Manifest } from '@kari/protocol/manifest';
import { z } from 'zod';
import type { Capability } from '../contract.js';
import { Broker } from './broker.js';

const TENANT = '00000000-0000-7000-8000-00000000000a';
const reason = 'The spec wants to know.';
const keeps: Pick<Manifest, 'permissions'> = { permissions: { kv: { bytes: 1_000, reason } } };
const keepsMore: Pick<Manifest, 'permissions'> = { permissions: { kv: { bytes: 9_000, reason } } };
const reaches: Pick<Manifest, 'permissions'> = { permissions: { tcp: [{ host: 'db', port: 5432, reason }] } };

/** Version 1.0.0 is installed and may use its key-value store, and nothing else. */
const installation: Installation = {
  tenant: TENANT,
  extension: 'acme.notes',
  status: 'enabled',
  version: {
    extension: 'acme.notes',
    version: '1.0.0',
    manifest: {
      id: 'acme.notes',
      name: 'Notes',
      version: '1.0.0',
      description: 'Keeps notes.',
      license: 'MIT',
      category: 'utilities',
      platform: '*',
      entry: 'src/index.ts',
      ...keeps,
    },
    bundleHash: 'a'.repeat(64),
    assets: {},
    trust: 'firstParty',
  },
  grants: [{ id: 'kv', capability: 'kv', scope: { bytes: 1_000 }, state: 'granted' }],
  revision: 0n,
};

const capability = (name: string): Capability => ({
  name,
  openToAll: false,
  operations: [
    { name: 'use', schema: z.unknown(), audit: 'denials', allows: () => ({ allowed: true }), perform: () => Promise.resolve(null) },
  ],
});
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => logger };
const broker = new Broker({
  capability,
  installations: { find: () => installation, ofTenant: () => [installation], onChange: () => () => undefined },
  tenants: { find: (id) => ({ id, slug: id, status: 'active' }), all: () => [], onChange: () => () => undefined },
  audit: { record: () => Promise.resolve() },
  rates: { extensionCall: () => Promise.resolve() },
  clock: systemClock,
  timers: systemTimers,
  ids: systemIds,
  logger,
});
const verdict = (method: string, asking?: Pick<Manifest, 'permissions'>): string => {
  const decision = broker.explain(TENANT, 'acme.notes', method, {}, asking);
  return decision.allowed ? JSON.stringify(decision.scopes) : decision.check;
};

describe('a process of another version than the installed one', () => {
  it('has what both ask for, as far as it is granted to the installed one', () => {
    expect(verdict('kv.use', keeps)).toBe('[{"bytes":1000}]');
    expect(verdict('kv.use', keepsMore)).toBe('[{"bytes":1000}]');
    expect(verdict('kv.use')).toBe('[{"bytes":1000}]');
  });

  it('has nothing that it does not ask for itself, and nothing that the installed one does not ask for', () => {
    expect(verdict('kv.use', reaches)).toBe('manifest');
    expect(verdict('kv.use', {})).toBe('manifest');
    expect(verdict('tcp.use', reaches)).toBe('manifest');
  });
});
