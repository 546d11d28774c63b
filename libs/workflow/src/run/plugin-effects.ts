// The effects that tasks have on the world: plugins in their sandboxes. One key for one effect, over attempts and owners.
import { Inject, Injectable } from '@nestjs/common';
import { PLUGINS, type PluginOrchestrator } from '../contract.js';
import { parseReference } from '../plugins/plugin-reference.rules.js';
import type { EffectRequest, Effects } from './engine-parts.js';
import type { OpenTask } from './run-state.rules.js';

const LONGEST_CALL_MS = 900_000;

interface CallArguments {
  readonly call: string;
  readonly with: unknown;
}

@Injectable()
export class PluginEffects implements Effects {
  constructor(@Inject(PLUGINS) private readonly plugins: PluginOrchestrator) {}

  isMarked(task: OpenTask, tenant: string): boolean {
    if (task.kind !== 'call') return false;
    const { call } = task.arguments as CallArguments;
    const intent = intentOf(call);
    // What changes the world is seen in the history from the moment it may have begun.
    return this.plugins
      .catalogue(tenant)
      .some((plugin) => plugin.intent === intent && (plugin.effect === 'write' || plugin.effect === 'external'));
  }

  async perform({ tenant, task, key, caller, correlationId, signal }: EffectRequest): Promise<unknown> {
    const { call, with: input } = task.arguments as CallArguments;
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
  }
}

function intentOf(call: string): string {
  try {
    return parseReference(call).intent;
  } catch {
    return '';
  }
}
