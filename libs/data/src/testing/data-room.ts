// The real bus, store and rooms of this context over stand-ins for its neighbours: for specs.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { AuditRecord, Principal, RequestContext } from '@kari/kernel';
import { manualClock, MemoryEventStore, seededIds, seededRandom } from '@kari/kernel/testing';
import type { Grant, Installation, Installations } from '@kari/extension/contract';
import { StoreCommandBus } from '@kari/platform/command-bus';
import type { Keys } from '@kari/platform/crypto';
import type { TestDatabase } from '@kari/platform/database/testing';
import { Redactor } from '@kari/platform/telemetry';
import { Registry, type AnyCommandDefinition } from '@kari/platform/registry';
import { systemTimers } from '@kari/platform/time';
import type { Manifest } from '@kari/protocol/manifest';
import type { Tenants } from '@kari/tenancy/contract';
import { FoldedConfigurations } from '../configuration/configurations.js';
import { configurationCommands } from '../configuration/configuration.definitions.js';
import { GuardedSecrets } from '../secrets/guarded-secrets.js';
import { SecretHandles } from '../secrets/secret-handles.js';
import { SecretVault } from '../secrets/secret-vault.js';
import { secretCommands } from '../secrets/secret.definitions.js';

export const A = '00000000-0000-7000-8000-00000000000a';
export const B = '00000000-0000-7000-8000-00000000000b';
export const NOTES = 'acme.notes';
export const OTHER = 'acme.other';

export function manifest(id: string, more: Partial<Manifest> = {}): Manifest {
  return {
    id,
    name: id,
    version: '1.0.0',
    description: 'for specs',
    license: 'MIT',
    category: 'utilities',
    platform: '*',
    entry: 'src/index.ts',
    permissions: {
      secrets: [
        { name: 'api_key', hosts: ['api.example'], reason: 'to sign in' },
        { name: 'second', hosts: ['api.example:8443', 'other.example'], reason: 'to sign in' },
      ],
    },
    config: {
      type: 'object',
      additionalProperties: false,
      required: ['url'],
      properties: {
        url: { type: 'string', minLength: 3 },
        size: { type: 'integer', minimum: 1, default: 10 },
        key: { type: 'string', format: 'secret-handle' },
        keys: { type: 'array', items: { type: 'string', format: 'secret-handle' } },
      },
    },
    ...more,
  };
}

/** A snapshot that a spec may change. */
class TestInstallations implements Installations {
  private readonly all = new Map<string, Installation>();

  install(
    tenant: string,
    of: Manifest,
    grants: readonly Partial<Grant>[] = grantsOf(of),
    status: Installation['status'] = 'enabled',
  ): void {
    this.all.set(`${tenant} ${of.id}`, {
      tenant,
      extension: of.id,
      status,
      version: { extension: of.id, version: of.version, manifest: of, bundleHash: '', assets: {}, trust: 'development' },
      grants: grants.map((grant) => ({ id: 'x', capability: 'secrets', scope: {}, state: 'granted', ...grant })),
      revision: 0n,
    });
  }

  remove(tenant: string, extension: string): void {
    this.all.delete(`${tenant} ${extension}`);
  }

  find = (tenant: string, extension: string): Installation | null => this.all.get(`${tenant} ${extension}`) ?? null;
  ofTenant = (tenant: string): readonly Installation[] => [...this.all.values()].filter((one) => one.tenant === tenant);
  onChange = () => () => undefined;
}

export function grantsOf(of: Manifest): readonly Partial<Grant>[] {
  return (of.permissions?.secrets ?? []).map(({ name, hosts }) => ({
    id: `secrets:${name}`,
    capability: 'secrets',
    scope: { name, hosts },
  }));
}

/** Seals for real, with a key of its own: what is at rest is not what was given. */
export function testKeys(): Keys {
  const key = randomBytes(32);
  const unused = () => Promise.reject(new Error('not part of this spec'));
  return {
    seal: (tenant, purpose, plaintext) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`${tenant} ${purpose}`));
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return Promise.resolve(Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64'));
    },
    open: (tenant, purpose, text) => {
      const bytes = Buffer.from(text, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(`${tenant} ${purpose}`));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Promise.resolve(decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8'));
    },
    encrypt: unused,
    decrypt: unused,
    erase: unused,
    rewrap: unused,
  };
}

const everything = () => true;

export function dataRoom(database: TestDatabase) {
  const clock = manualClock();
  const store = new MemoryEventStore({ clock });
  const audited: AuditRecord[] = [];
  const audit = { record: (record: AuditRecord) => (audited.push(record), Promise.resolve()) };
  const ids = seededIds(1);
  const installations = new TestInstallations();
  const tenants: Tenants = {
    find: () => null,
    all: () => [A, B].map((id) => ({ id, slug: id, status: 'active' as const })),
    onChange: () => () => undefined,
  };
  const commands = new Registry<AnyCommandDefinition>('command', ({ type }) => type);
  const bus = new StoreCommandBus(commands, store, audit, { standing: () => Promise.resolve('open') }, clock, ids, systemTimers);
  const redactor = new Redactor();
  const vault = new SecretVault(database.system, testKeys(), clock, seededRandom(11), redactor);
  const handles = new SecretHandles(vault);
  const configurations = new FoldedConfigurations(store, installations, handles);
  const secrets = new GuardedSecrets(store, bus, installations, audit, ids, vault, handles);
  commands.add(...configurationCommands(installations, tenants, configurations), ...secretCommands(installations));

  const caller = (tenant = A, may: Principal['may'] = everything, commandId?: string): RequestContext => ({
    principal: { id: 'someone', kind: 'user', may },
    tenant,
    correlationId: 'correlation',
    ...(commandId === undefined ? {} : { commandId }),
  });
  return { redactor, clock, store, audited, installations, bus, vault, handles, configurations, secrets, caller };
}
export type DataRoom = ReturnType<typeof dataRoom>;

/** Everything that the log holds, as text. */
export async function textOf(store: MemoryEventStore): Promise<string> {
  const events: unknown[] = [];
  for await (const event of store.readAll({})) events.push({ ...event, revision: String(event.revision) });
  return JSON.stringify(events);
}
