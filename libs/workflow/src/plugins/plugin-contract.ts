// Holds inputs and outputs against the contract of a plugin. The callee is a stranger: its output and its errors are checked like any input.
import { rejected, Rejection } from '@kari/kernel';
import { compileForeignSchema, type Validator, type ValueProblem } from '@kari/package';
import type { JsonSchema } from '@kari/protocol/manifest';
import type { ProvidedPlugin } from './plugin-catalogue.rules.js';

export function checkInput(plugin: ProvidedPlugin, input: unknown): void {
  const problem = problemOf(plugin, 'input', plugin.contract.input, input);
  if (problem !== undefined) throw rejected('PLUGIN_INPUT_INVALID', { plugin: named(plugin), ...problem });
}

export function checkOutput(plugin: ProvidedPlugin, output: unknown): void {
  const problem = problemOf(plugin, 'output', plugin.contract.output, output);
  if (problem === undefined) return;
  const { extension, extensionVersion: version } = plugin;
  throw rejected('PLUGIN_OUTPUT_INVALID', { extension, version, plugin: named(plugin), ...problem });
}

/** A declared error with its code and, where they keep to their schema, its details; any other failure unchanged. */
export function checkedFailure(plugin: ProvidedPlugin, failure: Rejection): Rejection {
  if (failure.code !== 'PLUGIN_FAILED') return failure;
  const { code: given, message, details } = failure.facts;
  const code = typeof given === 'string' ? given.slice(0, 100) : 'UNKNOWN';
  const declared = plugin.contract.errors?.[code];
  const sound =
    details === undefined ||
    (declared?.details !== undefined && problemOf(plugin, `details of ${code}`, declared.details, details) === undefined);
  return rejected('PLUGIN_FAILED', {
    plugin: named(plugin),
    extension: plugin.extension,
    code,
    declared: declared !== undefined,
    // The catalogue's sentence goes on after it.
    message: (typeof message === 'string' && message !== '' ? message.slice(0, 500) : (declared?.description ?? 'it says no more')).replace(
      /\.$/,
      '',
    ),
    ...(details === undefined || !sound ? {} : { details }),
  });
}

export function named({ intent, contract }: ProvidedPlugin): string {
  return `${intent}@${contract.version}`;
}

function problemOf(plugin: ProvidedPlugin, side: string, schema: JsonSchema, value: unknown): ValueProblem | undefined {
  try {
    const [problem] = validatorOf(schema).check(value);
    return problem === undefined ? undefined : { pointer: problem.pointer === '' ? '/' : problem.pointer, reason: problem.reason };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    const { reason: given } = error.facts;
    const reason = typeof given === 'string' ? given : error.code;
    throw rejected('PLUGIN_CONTRACT_UNUSABLE', { plugin: named(plugin), extension: plugin.extension, side, reason });
  }
}

// Manifests in the snapshot never change, so a schema is inspected and hashed once and not at every call.
const validators = new WeakMap<object, Validator>();

function validatorOf(schema: JsonSchema): Validator {
  if (typeof schema === 'boolean') return compileForeignSchema(schema);
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validator = compileForeignSchema(schema);
  validators.set(schema, validator);
  return validator;
}
