// Whom the calls of a workflow mean, and whether what they are given can fit. Facts about the tenant are handed in.
import { Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import type { JsonSchema, PluginContract } from '@kari/protocol/manifest';
import { major } from 'semver';
import { isRuntimeExpression } from '../expression/evaluator.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { ProvidedPlugin } from '../plugins/plugin-catalogue.rules.js';
import { parseReference } from '../plugins/plugin-reference.rules.js';
import { resolve, type Permission } from '../plugins/plugin-resolution.rules.js';
import type { CallTask, Task, TaskItem, TaskList, WorkflowDocument } from './document.js';
import { below, type Finding, type WorkflowCode } from './problem.rules.js';
import { listsOf, tasksOf, textsIn, type PlacedTask } from './tasks.rules.js';

export interface CallFacts {
  /** What the tenant's installations provide. */
  readonly provided: readonly ProvidedPlugin[];
  /** Intent → contract of what the platform does itself. */
  readonly operations: Readonly<Record<string, PluginContract>>;
  /** For a workflow that an extension brings along: it may call what the extension may. */
  readonly permission: Permission | null;
  /** What is wrong with a value under a contract's schema. */
  misfits(schema: JsonSchema, value: Json): readonly { readonly pointer: string; readonly reason: string }[];
}

/** Calls of the DSL that are no plugin. */
export const PROTOCOLS = ['http', 'grpc', 'openapi', 'asyncapi'];
export const REFUSED = ['a2a', 'mcp'];

/** A call of a plugin or of an operation of the platform, as it is written. */
export interface NeededCall {
  readonly pointer: string;
  readonly call: string;
}

/** A call for which there is nothing now. */
export interface Lack {
  /** JSON pointer of the call. */
  readonly pointer: string;
  /** Stable code of what it would meet. */
  readonly code: string;
  /** In words, without a full stop. */
  readonly reason: string;
}

/** Calls that need something of the tenant: neither a protocol nor a function of the document. */
export function neededCalls(document: WorkflowDocument): readonly NeededCall[] {
  return callsOf(document)
    .filter(({ task }) => !isOwn(task.call, document))
    .map(({ task, pointer }) => ({ pointer: below(pointer, 'call'), call: task.call }));
}

export function callFindings(document: WorkflowDocument, facts: CallFacts): readonly Finding[] {
  return [...callsOf(document).flatMap((call) => callFinding(document, call, facts)), ...wiringFindings(document, facts)];
}

type PlacedCall = PlacedTask & { readonly task: CallTask };

function callsOf(document: WorkflowDocument): readonly PlacedCall[] {
  return tasksOf(document).filter((placed): placed is PlacedCall => 'call' in placed.task && typeof placed.task.call === 'string');
}

function isOwn(call: string, { use }: WorkflowDocument): boolean {
  return PROTOCOLS.includes(call) || REFUSED.includes(call) || Object.hasOwn(use?.functions ?? {}, call);
}

/** A call names a protocol, a function of the document, an operation of the platform or exactly one plugin that the tenant can call now. */
function callFinding(document: WorkflowDocument, { task, pointer }: PlacedCall, facts: CallFacts): readonly Finding[] {
  const at = below(pointer, 'call');
  const { call } = task;
  if (REFUSED.includes(call)) {
    const reason = `\`call: ${call}\` would leave the platform past the broker`;
    return [{ code: 'WORKFLOW_TASK_FORBIDDEN', pointer: at, reason, fix: 'Call a plugin of an extension that speaks it.' }];
  }
  if (isOwn(call, document)) return [];
  if (call.includes(':')) {
    const reason = 'functions of catalogs are not fetched; everything a workflow does is installed first';
    return [{ code: 'WORKFLOW_CALL_UNKNOWN', pointer: at, reason, fix: 'Call an installed plugin.' }];
  }
  const meant = meantBy(call, facts);
  if ('refusal' in meant) return [{ ...meant.refusal, pointer: at }];
  return literalFindings(meant.contract, call, task.with ?? {}, below(pointer, 'with'), facts);
}

type Meant = { readonly contract: PluginContract; readonly extension: string | null } | { readonly refusal: Omit<Finding, 'pointer'> };

/** Throws nothing: a refusal is a finding. */
export function meantBy(
  call: string,
  { provided, operations, permission }: Pick<CallFacts, 'provided' | 'operations' | 'permission'>,
): Meant {
  try {
    const reference = parseReference(call);
    const operation =
      Object.hasOwn(operations, reference.intent) && reference.extension === null ? operations[reference.intent] : undefined;
    const own = operation === undefined ? provided : [operationAsPlugin(reference.intent, operation)];
    const { contract, extension } = resolve(reference, own, operation === undefined ? permission : null);
    return { contract, extension: operation === undefined ? extension : null };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    if (error.code === 'PLUGIN_REFERENCE_INVALID') {
      const reason = `"${call.slice(0, 80)}" is neither a plugin, a function of use.functions, nor http, grpc, openapi or asyncapi`;
      return { refusal: { code: 'WORKFLOW_CALL_UNKNOWN', reason, fix: wording(error.code, error.facts).next } };
    }
    const { message, next } = wording(error.code, error.facts);
    return { refusal: { code: error.code as WorkflowCode, reason: message.replace(/\.$/, ''), fix: next } };
  }
}

function operationAsPlugin(intent: string, contract: PluginContract): ProvidedPlugin {
  return { intent, extension: 'kari.platform', extensionVersion: contract.version, enabled: true, contract };
}

/** What is written down must fit the contract; an expression may become anything. */
function literalFindings(contract: PluginContract, call: string, given: JsonObject, pointer: string, facts: CallFacts): readonly Finding[] {
  const open = textsIn(given, '')
    .filter(({ text }) => isRuntimeExpression(text))
    .map((one) => one.pointer);
  return facts.misfits(contract.input, given).flatMap((misfit): readonly Finding[] => {
    const missing = /required propert|not a known property/.test(misfit.reason);
    const undecided = open.some(
      (at) => misfit.pointer === at || misfit.pointer.startsWith(`${at}/`) || at.startsWith(`${misfit.pointer}/`),
    );
    if (undecided && !missing) return [];
    const fix = `Look at the input of ${call} in the catalogue of plugins.`;
    return [{ code: 'WORKFLOW_INPUT_MISMATCH', pointer: `${pointer}${misfit.pointer}`, reason: misfit.reason, fix }];
  });
}

const PATH = /^\.([a-zA-Z_]\w*)(?:\.([a-zA-Z_]\w*))*$/;

/**
 * `with: { day: '${ .date }' }` right behind a task whose output is known: the type there and the type asked for must have one in common.
 * Known is the output of a plugin that nothing changes on its way, and of a `set` that is written down.
 */
function wiringFindings(document: WorkflowDocument, facts: CallFacts): readonly Finding[] {
  return listsOf(document).flatMap(({ tasks, role }) =>
    role === 'branches'
      ? []
      : tasks.flatMap((placed, index): readonly Finding[] => {
          const before = tasks[index - 1];
          if (before === undefined || !('call' in placed.task) || placed.task.input?.from !== undefined) return [];
          if (!flowsOnlyFrom(tasks, index, before)) return [];
          const meant = meantBy(placed.task.call, facts);
          const source = outputOf(before.task, facts);
          if ('refusal' in meant || source === null || isOwn(placed.task.call, document)) return [];
          const asked = propertiesOf(meant.contract.input);
          return Object.entries(placed.task.with ?? {}).flatMap(([name, value]): readonly Finding[] => {
            const program = isRuntimeExpression(value) ? value.trim().slice(2, -1).trim() : '';
            const wanted = typesOf(asked[name]);
            if (!PATH.test(program) || wanted === null) return [];
            const given = program
              .slice(1)
              .split('.')
              .reduce<JsonSchema | null>((schema, part) => (schema === null ? null : partOf(schema, part)), source);
            const types = given === null ? null : typesOf(given);
            if (types === null || types.some((type) => wanted.includes(type) || (type === 'integer' && wanted.includes('number'))))
              return [];
            const reason = `${program} of "${before.name}" is ${types.join(' or ')}; ${name} must be ${wanted.join(' or ')}`;
            const fix = 'Turn it into the type asked for, or take another value.';
            return [{ code: 'WORKFLOW_INPUT_MISMATCH', pointer: below(placed.pointer, 'with', name), reason, fix }];
          });
        }),
  );
}

function flowsOnlyFrom(tasks: readonly PlacedTask[], index: number, before: PlacedTask): boolean {
  const { name } = tasks[index]!;
  if (before.task.if !== undefined || before.task.output !== undefined || (before.task.then ?? 'continue') !== 'continue') return false;
  return !tasks.some(({ task }) => task.then === name || ('switch' in task && JSON.stringify(task.switch).includes(JSON.stringify(name))));
}

function outputOf(task: Task, facts: CallFacts): JsonSchema | null {
  if ('set' in task) return typeof task.set === 'object' ? schemaOfLiteral(task.set) : null;
  if (!('call' in task)) return null;
  const meant = meantBy(task.call, facts);
  return 'refusal' in meant ? null : meant.contract.output;
}

function schemaOfLiteral(value: Json): JsonSchema {
  if (isRuntimeExpression(value)) return true;
  if (isJsonObject(value)) {
    const properties = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, schemaOfLiteral(member)]));
    return { type: 'object', properties, additionalProperties: false };
  }
  return { type: value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value };
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return typeof schema === 'object' ? ((schema['properties'] as Record<string, JsonSchema> | undefined) ?? {}) : {};
}

/** Null: not known. What a closed object does not have is null, as jq gives it. */
function partOf(schema: JsonSchema, name: string): JsonSchema | null {
  if (typeof schema !== 'object' || schema['type'] !== 'object') return null;
  const properties = propertiesOf(schema);
  if (Object.hasOwn(properties, name)) {
    const required = schema['required'];
    const always =
      schema['additionalProperties'] === false && required === undefined ? true : Array.isArray(required) && required.includes(name);
    return always ? properties[name]! : null;
  }
  return schema['additionalProperties'] === false ? { type: 'null' } : null;
}

function typesOf(schema: JsonSchema | undefined): readonly string[] | null {
  if (typeof schema !== 'object') return null;
  const type = schema['type'];
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? (type as string[]) : null;
}

/** The document as it is stored: every call of a plugin names its major version, the newest one where the author named none. */
export function withMajors(document: WorkflowDocument, facts: Pick<CallFacts, 'provided' | 'operations' | 'permission'>): WorkflowDocument {
  const pinned = (task: Task): Task => {
    if (!('call' in task) || isOwn(task.call, document) || task.call.includes('@')) return task;
    const meant = meantBy(task.call, facts);
    return 'refusal' in meant ? task : { ...task, call: `${task.call}@${major(meant.contract.version)}` };
  };
  return mapTasks(document, pinned);
}

function mapTasks(document: WorkflowDocument, change: (task: Task) => Task): WorkflowDocument {
  const list = (tasks: TaskList): TaskList =>
    tasks.map((item): TaskItem => Object.fromEntries(Object.entries(item).map(([name, task]) => [name, one(task)])));
  const one = (task: Task): Task => {
    let changed = change(task);
    const kari = changed.metadata?.kari;
    if (kari?.compensate !== undefined)
      changed = { ...changed, metadata: { ...changed.metadata, kari: { ...kari, compensate: list(kari.compensate) } } };
    if ('do' in changed) return { ...changed, do: list(changed.do) };
    if ('fork' in changed) return { ...changed, fork: { ...changed.fork, branches: list(changed.fork.branches) } };
    if ('try' in changed) {
      const { catch: caught } = changed;
      return { ...changed, try: list(changed.try), catch: caught.do === undefined ? caught : { ...caught, do: list(caught.do) } };
    }
    if ('listen' in changed && changed.foreach?.do !== undefined)
      return { ...changed, foreach: { ...changed.foreach, do: list(changed.foreach.do) } };
    return changed;
  };
  const { use } = document;
  const functions =
    use?.functions === undefined ? {} : { functions: Object.fromEntries(Object.entries(use.functions).map(([n, t]) => [n, one(t)])) };
  return { ...document, ...(use === undefined ? {} : { use: { ...use, ...functions } }), do: list(document.do) };
}
