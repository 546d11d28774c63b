// Input, output and errors of plugins as the manifest promises them: the judge is the platform's own.
import { compileForeignSchema } from '@kari/package';
import type { JsonSchema, Manifest } from '@kari/protocol/manifest';
import { KariError } from '@kari/sdk';

/** The extension did something that its manifest rules out: a bug of the extension, not of the test. */
export class ContractViolation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContractViolation';
  }
}

export function demand(schema: JsonSchema, value: unknown, what: string): void {
  const [problem] = compileForeignSchema(schema).check(value);
  if (problem !== undefined) throw new ContractViolation(`${what} breaks its schema at "${problem.pointer}": ${problem.reason}`);
}

export function acceptInput(schema: JsonSchema, value: unknown, what: string): void {
  const [problem] = compileForeignSchema(schema).check(value);
  if (problem !== undefined) throw new KariError('INVALID', `${what} breaks its schema at "${problem.pointer}": ${problem.reason}`);
}

/** A declared error passes, with its details checked; anything else that was thrown becomes what a caller would see. */
export function judgedError(manifest: Manifest, intent: string, error: unknown): unknown {
  const { name, reason, facts } = error as { name?: unknown; reason?: unknown; facts?: unknown };
  // By name: the class in a bundle is another than ours. A refusal of the platform that passes through is no answer of the plugin.
  if (name !== 'PluginError' || typeof reason !== 'string') return error;
  const declared = manifest.plugins?.[intent]?.errors?.[reason];
  if (declared === undefined) {
    const known = Object.keys(manifest.plugins?.[intent]?.errors ?? {});
    return new ContractViolation(
      `${intent} answers the error ${reason}, which its contract does not declare (${known.join(', ') || 'it declares none'})`,
    );
  }
  try {
    if (declared.details !== undefined) demand(declared.details, facts, `details of ${intent}'s error ${reason}`);
    else if (facts !== undefined)
      throw new ContractViolation(`${intent}'s error ${reason} carries details, but its contract declares none`);
  } catch (violation) {
    return violation;
  }
  return error;
}
