// The types of one extension, from its manifest: what `extension<Types>(...)` and `BaseExtension<Types>` of the SDK are given.
import type { DataCollection, DataField, HttpRoute, JsonSchema, Manifest, ManifestTask } from '@kari/protocol/manifest';
import { answerKindOf } from '../routes/route-answer.rules.js';
import { templateOf } from '../routes/route-path.rules.js';
import { key, literal, remark, typeOf, union } from './schema-type.rules.js';

/** The text of a TypeScript module that exports one interface, `HelloTypes` for `kari.hello`. The same manifest gives the same text. */
export function generateTypes(manifest: Manifest): string {
  const { permissions = {}, plugins = {}, events, http, config, metrics = {}, data, tasks = {} } = manifest;
  const name = `${pascal(manifest.id.split('.')[1] ?? manifest.id)}Types`;
  const members = [
    `config: ${config === undefined ? 'Readonly<Record<string, never>>' : typeOf(withDefaultsRequired(config))};`,
    `plugins: ${record(
      Object.entries(plugins).map(([intent, { description, input, output, errors = {} }]) => [
        intent,
        `{ input: ${typeOf(input)}; output: ${typeOf(output)}; errors: ${union(Object.keys(errors).map(literal))} }`,
        description,
      ]),
    )};`,
    `routes: ${record(Object.entries(http?.routes ?? {}).map(([route, declared]) => [route, routeType(declared), declared.description]))};`,
    `publishes: ${record(Object.entries(events?.publishes ?? {}).map(([type, { schema, description }]) => [type, typeOf(schema), description]))};`,
    `subscribes: ${union((events?.subscribes ?? []).map(({ type }) => literal(type)))};`,
    `tasks: ${record(Object.entries(tasks).map(([name, task]) => [name, `{ input: ${taskInput(task)} }`, task.description]))};`,
    `uses: ${union([...(permissions.plugins ?? []).map(({ plugin }) => literal(plugin))])};`,
    `secrets: ${union((permissions.secrets ?? []).map((secret) => literal(secret.name)))};`,
    ...(data === undefined ? [] : [`collections: ${record(Object.entries(data.collections).map(collectionOf))};`]),
    `metrics: ${union(Object.keys(metrics).map(literal))};`,
  ];
  return [
    `// Made from extension.json by "npm run codegen": change it there.`,
    `import type { ${usesEvents(tasks) ? 'EventDelivery, ' : ''}ExtensionTypes } from '@kari/sdk';`,
    '',
    `export interface ${name} extends ExtensionTypes {`,
    ...members,
    '}',
    '',
  ].join('\n');
}

function collectionOf([name, { description, fields }]: [string, DataCollection]): readonly [string, string, string] {
  const members = Object.entries(fields).map(([field, one]): [string, string, string] => [
    field,
    `${fieldTypeOf(one)}${one.required === true ? '' : ' | null'}`,
    one.description ?? '',
  ]);
  return [name, record(members), description];
}

function fieldTypeOf({ type, values }: DataField): string {
  switch (type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'json':
      return 'unknown';
    default:
      return values === undefined ? 'string' : union(values.map(literal));
  }
}

function usesEvents(tasks: Readonly<Record<string, ManifestTask>>): boolean {
  return Object.values(tasks).some(({ on }) => on !== undefined);
}

function routeType({ path, params, query, body, bodyType, response, responseType = 'application/json' }: HttpRoute): string {
  const parts = [
    `params: ${params === undefined ? partsOf(path) : typeOf(params)}`,
    `query: ${query === undefined ? 'Record<never, never>' : typeOf(query)}`,
    `body: ${body === undefined ? 'undefined' : bodyType === 'bytes' ? 'Uint8Array' : typeOf(body)}`,
    `response: ${answerKindOf(responseType) === 'bytes' ? 'Uint8Array' : typeOf(response)}`,
  ];
  return `{ ${parts.join('; ')} }`;
}

/** Without a schema the varying parts of a path are texts. */
function partsOf(path: string): string {
  const names = templateOf(path).flatMap(({ parameter }) => (parameter === null ? [] : [parameter]));
  return names.length === 0 ? 'Record<never, never>' : `{ ${names.map((name) => `${key(name)}: string`).join('; ')} }`;
}

function record(entries: readonly (readonly [string, string, string])[]): string {
  if (entries.length === 0) return 'Record<never, never>';
  return `{\n${entries.map(([name, type, description]) => `${remark({ description })}${key(name)}: ${type};`).join('\n')}\n}`;
}

/** What a person gives, the event that started it, or nothing. */
function taskInput({ input, on }: ManifestTask): string {
  const given = input === undefined ? 'null' : typeOf(input);
  if (on !== undefined) return input === undefined ? 'EventDelivery | null' : `EventDelivery | ${given}`;
  return input === undefined ? given : `${given} | null`;
}

/** The code sees a configuration with its defaults filled in: what has one is always there. */
function withDefaultsRequired(schema: JsonSchema): JsonSchema {
  if (typeof schema !== 'object') return schema;
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  const filled = properties
    .filter(([, property]) => typeof property === 'object' && property['default'] !== undefined)
    .map(([name]) => name);
  return {
    ...schema,
    ...(properties.length === 0
      ? {}
      : { properties: Object.fromEntries(properties.map(([name, property]) => [name, withDefaultsRequired(property)])) }),
    required: [...new Set([...((schema['required'] ?? []) as readonly string[]), ...filled])],
  };
}

function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
