// The call of an effect: as its author wrote it, and as it was made of that.
import type { CallTask } from '../definition/document.js';
import type { JsonObject } from '../json.js';
import type { EffectRequest } from '../run/engine-parts.js';
import { taskAt } from '../run/flow.rules.js';
import type { CallArguments } from './call-arguments.rules.js';
import { callTemplate } from './call-template.rules.js';

export interface MadeCall {
  /** Says where secrets stand, and holds none. */
  readonly template: JsonObject;
  /** Everything but what secrets make whole. */
  readonly made: JsonObject;
}

export function madeCall({ document, task }: EffectRequest): MadeCall {
  const { with: template } = callTemplate(document, taskAt(document, task.pointer) as CallTask);
  return { template, made: (task.arguments as CallArguments).with as JsonObject };
}
