// The orchestrator over scripted sandboxes and a clock that stands still: for specs.
import type { Installation, Installations } from '@kari/extension/contract';
import { rejected } from '@kari/kernel';
import { manualClock, seededIds, seededRandom } from '@kari/kernel/testing';
import type { Manifest, PluginContract } from '@kari/protocol/manifest';
import type { SandboxInvocation, Sandboxes } from '@kari/sandbox/contract';
import type { PluginCall } from '../../contract.js';
import { SandboxedPlugins } from '../sandboxed-plugins.js';

export const A = '00000000-0000-7000-8000-00000000000a';
export const B = '00000000-0000-7000-8000-00000000000b';

export type Behaviour = (invocation: SandboxInvocation) => unknown;

const number = { type: 'object', required: ['n'], additionalProperties: false, properties: { n: { type: 'integer' } } } as const;

export function contract(more: Partial<PluginContract> = {}): PluginContract {
  return { description: 'for specs', version: '1.2.0', input: number, output: number, effect: 'none', idempotent: true, ...more };
}

export function manifestOf(id: string, plugins: Record<string, PluginContract>, more: Partial<Manifest> = {}): Manifest {
  return {
    id,
    name: id,
    version: '3.0.1',
    description: 'for specs',
    license: 'MIT',
    category: 'utilities',
    platform: '*',
    entry: 'src/index.ts',
    plugins,
    ...more,
  };
}

export function pluginRoom() {
  const clock = manualClock();
  const installed: Installation[] = [];
  const behaviours = new Map<string, Behaviour>();
  const invocations: SandboxInvocation[] = [];
  const installations: Installations = {
    find: (tenant, extension) => installed.find((one) => one.tenant === tenant && one.extension === extension) ?? null,
    ofTenant: (tenant) => installed.filter((one) => one.tenant === tenant),
    onChange: () => () => undefined,
  };
  const sandboxes = {
    invoke: async (invocation: SandboxInvocation) => {
      invocations.push(invocation);
      const behave = behaviours.get(`${invocation.extension} ${invocation.handler}`);
      if (behave === undefined) throw rejected('SANDBOX_NO_HANDLER', {});
      return behave(invocation);
    },
  } as unknown as Sandboxes;
  const plugins = new SandboxedPlugins(installations, sandboxes, clock, clock, seededRandom(7), seededIds(7));

  return {
    clock,
    plugins,
    installations,
    invocations,
    install(manifest: Manifest, tenant = A, status: Installation['status'] = 'enabled'): void {
      installed.push({
        tenant,
        extension: manifest.id,
        status,
        version: { extension: manifest.id, version: manifest.version, manifest, bundleHash: '', assets: {}, trust: 'development' },
        grants: [],
        revision: 0n,
      });
    },
    behave(extension: string, intent: string, behaviour: Behaviour): void {
      behaviours.set(`${extension} plugin:${intent}`, behaviour);
    },
    call(plugin: string, input: unknown = { n: 1 }, more: Partial<PluginCall> = {}) {
      return plugins.call({ tenant: A, plugin, input, caller: { kind: 'user', id: 'someone' }, correlationId: 'correlation', ...more });
    },
  };
}
export type PluginRoom = ReturnType<typeof pluginRoom>;

/** A plugin that never answers, but notices when it is cancelled. */
export function hanging(seen: { cancelled: boolean } = { cancelled: false }): Behaviour {
  return ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        seen.cancelled = true;
        reject(rejected('SANDBOX_CANCELLED', {}));
      });
    });
}
