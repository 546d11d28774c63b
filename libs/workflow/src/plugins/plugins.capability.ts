// `plugins.call`: one extension calls a plugin of another. The callee runs with its own grants; who calls is set here, never by the caller.
import { rejected } from '@kari/kernel';
import type { Installations } from '@kari/extension/contract';
import type { BrokerCaller, Capability, CapabilityOperation, Verdict } from '@kari/sandbox/contract';
import { z } from 'zod';
import { covers, mayAskFor, type Scopes } from './plugin-permission.rules.js';
import { parseReference, type PluginReference } from './plugin-reference.rules.js';
import type { SandboxedPlugins } from './sandboxed-plugins.js';
import { declaredReference } from './plugin-dependency.rules.js';

const callRequest = z.strictObject({
  plugin: z.string().min(1).max(300),
  input: z.json(),
  deadlineMs: z.number().int().min(1).max(900_000).nullish(),
  idempotencyKey: z.string().min(1).max(200).nullish(),
});
type CallRequest = z.infer<typeof callRequest>;

export function pluginsCapability(plugins: Pick<SandboxedPlugins, 'call'>, installations: Installations): Capability {
  const call: CapabilityOperation<CallRequest> = {
    name: 'call',
    schema: callRequest,
    audit: 'all',
    allows: allowsCall,
    perform: async (caller, request) => {
      const { output, extension, version, contract } = await plugins.call(callOf(caller, request, installations), {
        extension: caller.extension,
        permits: (plugin) => covers(caller.scopes, plugin),
      });
      return { output, extension, version, contract };
    },
    subject: ({ plugin }) => `plugin:${readable(plugin)}`,
  };
  return { name: 'plugins', openToAll: false, operations: [call] };
}

export function allowsCall(scopes: Scopes, { plugin }: Pick<CallRequest, 'plugin'>): Verdict {
  const reference = parsed(plugin);
  if (reference === null) return { allowed: false, why: 'the name of the plugin cannot be read' };
  return mayAskFor(scopes, reference) ? { allowed: true } : { allowed: false, why: `no granted permission names ${reference.intent}` };
}

function callOf(caller: BrokerCaller, request: CallRequest, installations: Installations) {
  const manifest = installations.find(caller.tenant, caller.extension)?.version.manifest;
  if (manifest === undefined)
    throw rejected('PLUGIN_NOT_PERMITTED', { plugin: request.plugin, extension: caller.extension, candidates: [] });
  return {
    tenant: caller.tenant,
    plugin: declaredReference(manifest.dependencies?.plugins, parseReference(request.plugin)),
    input: request.input,
    caller: { kind: 'extension', id: caller.extension } as const,
    correlationId: caller.correlationId,
    ...(caller.traceparent === undefined ? {} : { traceparent: caller.traceparent }),
    ...(request.idempotencyKey === undefined || request.idempotencyKey === null ? {} : { idempotencyKey: request.idempotencyKey }),
    // What is left of the chain, never more: a hop can only shorten the deadline.
    deadlineMs: Math.min(request.deadlineMs ?? caller.deadlineMs, caller.deadlineMs),
    signal: caller.signal,
    depth: caller.depth + 1,
  };
}

function parsed(plugin: string): PluginReference | null {
  try {
    return parseReference(plugin);
  } catch {
    return null;
  }
}

function readable(plugin: string): string {
  const reference = parsed(plugin);
  if (reference === null) return 'unreadable';
  return reference.extension === null ? reference.intent : `${reference.extension}/${reference.intent}`;
}
