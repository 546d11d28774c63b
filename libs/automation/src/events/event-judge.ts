// Holds an event against the manifest of the extension that publishes it.
import { canonicalJson, NotJson, rejected, Rejection } from '@kari/kernel';
import type { Installations } from '@kari/extension/contract';
import { compileForeignSchema, type ValueProblem } from '@kari/package';
import type { JsonSchema } from '@kari/protocol/manifest';
import type { EventJudge } from './extension-event.decider.js';
import { LARGEST_BODY } from './extension-event.rules.js';

export function eventJudge(installations: Installations): EventJudge {
  return (tenant, { extension, type, data }) => {
    const installation = installations.find(tenant, extension);
    const refuse = (reason: string) => rejected('AUTOMATION_EVENT_NOT_DECLARED', { extension, type, reason });
    if (installation === null) throw refuse('it is not installed');
    const declared = installation.version.manifest.events?.publishes;
    const schema = declared !== undefined && Object.hasOwn(declared, type) ? declared[type]?.schema : undefined;
    if (schema === undefined) throw refuse('its manifest declares no such event');

    const bytes = sizeOf(type, data);
    if (bytes > LARGEST_BODY) throw rejected('AUTOMATION_EVENT_TOO_LARGE', { type, bytes, limit: LARGEST_BODY });
    const [problem] = check(type, schema, data);
    if (problem !== undefined)
      throw rejected('AUTOMATION_EVENT_INVALID', { type, pointer: problem.pointer || '/', reason: problem.reason });
  };
}

function sizeOf(type: string, data: unknown): number {
  try {
    return Buffer.byteLength(canonicalJson(data));
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw rejected('AUTOMATION_EVENT_INVALID', { type, pointer: error.path || '/', reason: `it ${error.fault}` });
  }
}

function check(type: string, schema: JsonSchema, data: unknown): readonly ValueProblem[] {
  try {
    return compileForeignSchema(schema).check(data);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    throw rejected('AUTOMATION_EVENT_INVALID', {
      type,
      pointer: '/',
      reason: `its schema cannot be used: ${String(error.facts['reason'])}`,
    });
  }
}
