// The JSON Schemas that an extension brings along: each must lie in the closed profile, and the author's own examples and defaults must
// match them.
import type { JsonSchema, Manifest } from '@kari/protocol/manifest';
import { tryForeignSchema, type Validator } from '../schema/compile-foreign-schema.js';
import { below } from '../schema/pointer.js';
import { withDefaults } from '../schema/with-defaults.rules.js';
import type { CrossCheck, Report } from './cross-check.js';
import { suggestion } from './nearest.rules.js';

export const contractChecks: readonly CrossCheck[] = [
  { reads: ['plugins'], check: checkPlugins },
  { reads: ['events'], check: checkEvents },
  { reads: ['config', 'permissions'], check: checkConfig },
  { reads: ['http'], check: checkRoutes },
  { reads: ['webhooks'], check: ({ webhooks = {} }, report) => checkEach('/webhooks', webhooks, ['schema'], report) },
  { reads: ['tasks'], check: ({ tasks = {} }, report) => checkEach('/tasks', tasks, ['input'], report) },
];

function checkPlugins({ plugins = {} }: Manifest, report: Report): void {
  for (const [intent, { input, output, errors = {}, examples = [] }] of Object.entries(plugins)) {
    const at = below('/plugins', intent);
    const validators = { input: accepted(input, `${at}/input`, report), output: accepted(output, `${at}/output`, report) };
    for (const [code, { details }] of Object.entries(errors)) {
      if (details !== undefined) accepted(details, `${at}/errors/${code}/details`, report);
    }
    examples.forEach((example, index) => {
      for (const side of ['input', 'output'] as const) {
        for (const { pointer, reason } of validators[side]?.check(example[side]) ?? []) {
          const fix = `Correct the example or the schema at ${at}/${side}.`;
          report('PACKAGE_MANIFEST_EXAMPLE', `${at}/examples/${index}/${side}${pointer}`, reason, fix);
        }
      }
    });
  }
}

function checkEvents({ events }: Manifest, report: Report): void {
  for (const [type, { schema }] of Object.entries(events?.publishes ?? {}))
    accepted(schema, `${below('/events/publishes', type)}/schema`, report);
}

function checkRoutes({ http }: Manifest, report: Report): void {
  checkEach('/http/routes', http?.routes ?? {}, ['params', 'query', 'body', 'response'], report);
}

function checkEach(section: string, entries: Readonly<Record<string, object>>, keys: readonly string[], report: Report): void {
  for (const [name, entry] of Object.entries(entries)) {
    for (const key of keys) {
      const schema = (entry as Record<string, JsonSchema | undefined>)[key];
      if (schema !== undefined) accepted(schema, below(below(section, name), key), report);
    }
  }
}

function checkConfig({ config, permissions }: Manifest, report: Report): void {
  if (config === undefined) return;
  const validator = accepted(config, '/config', report);
  if (validator === null) return;
  if (typeof config !== 'object' || config['type'] !== 'object') {
    report('PACKAGE_MANIFEST_SCHEMA', '/config', 'a configuration is an object', 'Give the schema "type": "object" and its "properties".');
    return;
  }
  for (const { pointer, reason } of validator.check(withDefaults(config, {}))) {
    // What has no default must come from the operator: that is no mistake of the author.
    if (reason.startsWith('must have required property')) continue;
    report('PACKAGE_MANIFEST_EXAMPLE', '/config', `the default value at ${pointer || '/'} ${reason}`, 'Correct the default or its schema.');
  }
  const secrets = (permissions?.secrets ?? []).map(({ name }) => name);
  for (const { pointer, names } of secretFields(config, '/config')) {
    if (secrets.length === 0) {
      report(
        'PACKAGE_MANIFEST_PERMISSION',
        pointer,
        'it names a secret, but permissions.secrets asks for none',
        'Declare the secret there, with the hosts it goes to.',
      );
    }
    for (const name of names) {
      if (secrets.includes(name) || secrets.length === 0) continue;
      report(
        'PACKAGE_MANIFEST_PERMISSION',
        pointer,
        `the secret ${name} is not declared in permissions.secrets`,
        suggestion(name, secrets),
      );
    }
  }
}

/** Every field that names a secret, with the names that the schema itself gives it. */
function secretFields(schema: unknown, pointer: string): readonly { readonly pointer: string; readonly names: readonly string[] }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { format, default: usual, const: only, enum: some } = schema as Record<string, unknown>;
  const names = [usual, only, ...(Array.isArray(some) ? (some as unknown[]) : [])].filter((name) => typeof name === 'string');
  const own = format === 'secret-handle' ? [{ pointer, names: [...new Set(names)] }] : [];
  return [...own, ...Object.entries(schema).flatMap(([key, child]) => secretFields(child, below(pointer, key)))];
}

function accepted(schema: JsonSchema, at: string, report: Report): Validator | null {
  const outcome = tryForeignSchema(schema);
  if ('validator' in outcome) return outcome.validator;
  for (const { pointer, reason, fix } of outcome.problems) report('PACKAGE_MANIFEST_SCHEMA', `${at}${pointer}`, reason, fix);
  return null;
}
