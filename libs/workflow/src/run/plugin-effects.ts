// The effects that tasks have on the world: plugins in their sandboxes, and events that are emitted. One key for one effect, over attempts and owners.
import { Inject, Injectable } from '@nestjs/common';
import { TENANT_EVENTS, type TenantEvents } from '@kari/automation/contract';
import { Rejection, Unavailable } from '@kari/kernel';
import { wording } from '@kari/protocol';
import { PLUGINS, type PluginOrchestrator } from '../contract.js';
import { parseReference } from '../plugins/plugin-reference.rules.js';
import type { EffectRequest, Effects } from './engine-parts.js';
import type { OpenTask } from './run-state.rules.js';

const LONGEST_CALL_MS = 900_000;
/** What the platform says while its database is away or it is on its way out: no failure of the task, whose turn comes again with the same key. */
const PASSES_BY_ITSELF: ReadonlySet<string> = new Set([
  'REQUEST_UNAVAILABLE',
  'TENANCY_SNAPSHOT_STALE',
  'EXTENSION_SNAPSHOT_STALE',
  'SANDBOX_AUDIT_UNAVAILABLE',
  'SANDBOX_HOST_STOPPING',
]);

interface CallArguments {
  readonly call: string;
  readonly with: unknown;
}

@Injectable()
export class PluginEffects implements Effects {
  constructor(
    @Inject(PLUGINS) private readonly plugins: PluginOrchestrator,
    @Inject(TENANT_EVENTS) private readonly events: TenantEvents,
  ) {}

  isMarked(task: OpenTask, tenant: string): boolean {
    if (task.kind !== 'call') return false;
    const { call } = task.arguments as CallArguments;
    const intent = intentOf(call);
    // What changes the world is seen in the history from the moment it may have begun.
    return this.plugins.catalogue(tenant, intent).some(({ effect }) => effect === 'write' || effect === 'external');
  }

  async perform(request: EffectRequest): Promise<unknown> {
    if (request.task.kind === 'emit') return this.emit(request);
    const { tenant, task, key, caller, correlationId, signal } = request;
    const { call, with: input } = task.arguments as CallArguments;
    try {
      const result = await this.plugins.call({
        tenant,
        caller,
        correlationId,
        plugin: call,
        input: input ?? {},
        idempotencyKey: key,
        deadlineMs: LONGEST_CALL_MS,
        signal,
      });
      return result.output;
    } catch (error) {
      if (error instanceof Rejection && passesByItself(error)) throw new Unavailable(error.message, true, { cause: error });
      throw error;
    }
  }

  /** What will pass by itself is no failure of the task. */
  private async emit({ tenant, run, workflow, hops, task, key, correlationId }: EffectRequest): Promise<unknown> {
    const { event } = task.arguments as { readonly event: Readonly<Record<string, unknown>> };
    try {
      return await this.events.emit({ tenant, run, workflow, hops, task: task.id, key, event, correlationId });
    } catch (error) {
      if (error instanceof Rejection && wording(error.code, error.facts).kind === 'unavailable')
        throw new Unavailable(error.code, true, { cause: error });
      throw error;
    }
  }
}

/** The extension hears of it first where the platform cannot serve what it asks for, and hands it on. */
function passesByItself({ code, facts }: Rejection): boolean {
  return PASSES_BY_ITSELF.has(code === 'PLUGIN_FAILED' ? String(facts['code']) : code);
}

function intentOf(call: string): string {
  try {
    return parseReference(call).intent;
  } catch {
    return '';
  }
}
