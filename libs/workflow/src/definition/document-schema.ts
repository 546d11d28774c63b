// The specification's schema is the judge. Its verdict on a task names every kind the task is not, so the words come from the one kind that
// the author meant.
import { readFileSync } from 'node:fs';
import { ownSchema, suggestion, type OwnSchema, type SchemaFault } from '@kari/package';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { taskKinds } from './document.js';
import { below, type Finding } from './problem.rules.js';

const DURATION =
  '^P(?!$)(\\d+(?:\\.\\d+)?Y)?(\\d+(?:\\.\\d+)?M)?(\\d+(?:\\.\\d+)?W)?(\\d+(?:\\.\\d+)?D)?(T(?=\\d)(\\d+(?:\\.\\d+)?H)?(\\d+(?:\\.\\d+)?M)?(\\d+(?:\\.\\d+)?S)?)?$';
const PLAIN_DURATION =
  /^P(\d+(?:\.\d+)?Y)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?W)?(\d+(?:\.\d+)?D)?(T(\d+(?:\.\d+)?H)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?S)?)?$/;
const isDuration = (text: string) => text.length <= 128 && text !== 'P' && !text.endsWith('T') && PLAIN_DURATION.test(text);

const schemas = new Map<string, OwnSchema>();

function schemaIn(file: string): OwnSchema {
  const known = schemas.get(file);
  if (known !== undefined) return known;
  const schema = JSON.parse(readFileSync(new URL(`./schema/${file}`, import.meta.url), 'utf8')) as { $id: string };
  const compiled = ownSchema(schema, { [DURATION]: isDuration });
  schemas.set(file, compiled);
  return compiled;
}

const dsl = () => schemaIn('serverless-workflow.schema.json');
const extensions = () => schemaIn('kari-extensions.schema.json');

/** Empty exactly when the schema of the specification and ours take the document. */
export function schemaFindings(document: Json): readonly Finding[] {
  if (!isJsonObject(document)) return [shape('', 'a workflow is an object with "document" and "do"', 'Start with document: and do:.')];
  const version = dslFinding(document);
  if (version !== null) return [version];
  const findings = guided(document);
  if (findings.length > 0) return findings;
  const faults = dsl().check('#', document);
  return faults.length === 0 ? [] : worded(faults, '');
}

function dslFinding({ document }: JsonObject): Finding | null {
  const version = isJsonObject(document) ? document['dsl'] : undefined;
  if (typeof version !== 'string' || /^1\.0\.\d+$/.test(version)) return null;
  const reason = `"${version.slice(0, 40)}" is not 1.0.0 to 1.0.x`;
  return { code: 'WORKFLOW_DSL_UNSUPPORTED', pointer: '/document/dsl', reason, fix: "Write dsl: '1.0.3'." };
}

function guided(document: JsonObject): readonly Finding[] {
  const findings: Finding[] = [];
  const shallow: Record<string, Json> = { ...document, ...(Array.isArray(document['do']) ? { do: [] } : {}) };
  const use = document['use'];
  if (isJsonObject(use)) {
    shallow['use'] = {
      ...use,
      ...(isJsonObject(use['functions']) ? { functions: {} } : {}),
      ...(Array.isArray(use['extensions']) ? { extensions: withoutLists(use['extensions'], ['before', 'after']) } : {}),
    };
    if (isJsonObject(use['functions'])) {
      for (const [name, task] of Object.entries(use['functions'])) findings.push(...taskFindings(task, below('/use/functions', name)));
    }
    if (Array.isArray(use['extensions'])) {
      (use['extensions'] as readonly Json[]).forEach((item, index) => {
        for (const [name, extension] of Object.entries(isJsonObject(item) ? item : {})) {
          for (const side of ['before', 'after']) {
            const list = isJsonObject(extension) ? extension[side] : undefined;
            if (list !== undefined) findings.push(...listFindings(list, below('/use/extensions', index, name, side)));
          }
        }
      });
    }
  }
  findings.push(...worded(dsl().check('#', shallow), ''), ...listFindings(document['do'], '/do'));
  const kari = isJsonObject(document['document']) ? extensionOf(document['document']) : undefined;
  if (kari !== undefined) findings.push(...extensionFindings('#/$defs/document', kari, '/document/metadata/kari'));
  return findings;
}

function listFindings(list: Json | undefined, pointer: string): readonly Finding[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [shape(pointer, 'a list of tasks must stand here', 'Write - <name>: { <task> } lines.')];
  return (list as readonly Json[]).flatMap((item, index) => {
    const at = below(pointer, index);
    const names = isJsonObject(item) ? Object.keys(item) : [];
    if (names.length !== 1) {
      const reason =
        names.length === 0 ? 'an item of the list is one task under its name' : `it holds ${names.length} tasks; an item holds one`;
      return [shape(at, reason, 'Write - <name>: { <task> }, one task in each item.')];
    }
    return taskFindings((item as JsonObject)[names[0]!]!, below(at, names[0]!));
  });
}

/** Where tasks stand inside tasks. */
const INNER: readonly (readonly string[])[] = [['do'], ['try'], ['catch', 'do'], ['fork', 'branches'], ['foreach', 'do']];

function taskFindings(task: Json, pointer: string): readonly Finding[] {
  if (!isJsonObject(task)) return [shape(pointer, 'a task is an object', 'Say what it does: call, set, do, switch …')];
  const kinds = taskKinds.filter((kind) => Object.hasOwn(task, kind));
  const meant = kinds.includes('for') ? 'for' : kinds[0];
  if (meant === undefined) {
    const [first] = Object.keys(task);
    const fix = first === undefined ? `One of: ${taskKinds.join(', ')}.` : suggestion(first, taskKinds);
    return [shape(pointer, `it does not say what the task does`, fix)];
  }
  let shallow: JsonObject = task;
  const findings: Finding[] = [];
  for (const path of INNER) {
    const list = path.reduce<Json | undefined>((of, name) => (isJsonObject(of) ? of[name] : undefined), task);
    if (!Array.isArray(list)) continue;
    shallow = emptied(shallow, path);
    findings.push(...listFindings(list, below(pointer, ...path)));
  }
  const kari = extensionOf(task);
  if (kari !== undefined) {
    const at = below(pointer, 'metadata', 'kari');
    findings.push(...extensionFindings('#/$defs/task', kari, at));
    if (isJsonObject(kari) && Array.isArray(kari['compensate']))
      findings.push(...listFindings(kari['compensate'], below(at, 'compensate')));
  }
  return [...worded(dsl().check(partFor(meant, task), shallow), pointer), ...findings];
}

const CALLS = ['asyncapi', 'grpc', 'http', 'openapi', 'a2a', 'mcp'];

function partFor(kind: string, task: JsonObject): string {
  if (kind !== 'call') return `#/$defs/${kind}Task`;
  const index = CALLS.findIndex((call) => call === task['call']);
  return `#/$defs/callTask/oneOf/${index < 0 ? CALLS.length : index}`;
}

function emptied(of: JsonObject, [name, ...rest]: readonly string[]): JsonObject {
  return { ...of, [name!]: rest.length === 0 ? [] : emptied(of[name!] as JsonObject, rest) };
}

function withoutLists(items: Json, names: readonly string[]): Json {
  return (items as readonly Json[]).map((item) => {
    if (!isJsonObject(item)) return item;
    return Object.fromEntries(
      Object.entries(item).map(([name, value]) => [
        name,
        isJsonObject(value)
          ? { ...value, ...Object.fromEntries(names.filter((side) => Array.isArray(value[side])).map((side) => [side, []])) }
          : value,
      ]),
    );
  });
}

function extensionOf(of: JsonObject): Json | undefined {
  const metadata = of['metadata'];
  return isJsonObject(metadata) ? metadata['kari'] : undefined;
}

function extensionFindings(part: string, value: Json, pointer: string): readonly Finding[] {
  return worded(extensions().check(part, value), pointer).map((finding) => ({
    ...finding,
    code: finding.pointer.endsWith('/timeZone') ? 'WORKFLOW_TIME_ZONE_INVALID' : 'WORKFLOW_EXTENSION_INVALID',
  }));
}

function shape(pointer: string, reason: string, fix: string): Finding {
  return { code: 'WORKFLOW_DOCUMENT_SHAPE', pointer, reason, fix };
}

/** Of alternatives that all failed, the one that got furthest is told; where none did, what was asked for. */
function worded(faults: readonly SchemaFault[], base: string): readonly Finding[] {
  const choices = faults.filter(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf').map(({ pointer }) => pointer);
  const told = faults.filter((fault) => {
    const choice = choices.filter((pointer) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`)).sort(longestFirst)[0];
    if (choice === undefined) return true;
    const deeper = faults.some(({ pointer, keyword }) => pointer.startsWith(`${choice}/`) && keyword !== 'unevaluatedProperties');
    if (deeper) return fault.pointer !== choice;
    return fault.pointer === choice && (fault.keyword === 'oneOf' || fault.keyword === 'anyOf');
  });
  // An unknown member is often only the shadow of something else that is wrong with the object.
  const plain = told.filter(
    ({ keyword, pointer }) =>
      keyword !== 'unevaluatedProperties' || !told.some((other) => other.keyword !== keyword && other.pointer.startsWith(pointer)),
  );
  return (plain.length > 0 ? plain : told.length > 0 ? told : faults).slice(0, 20).map((fault) => findingOf(fault, base));
}

function longestFirst(left: string, right: string): number {
  return right.length - left.length;
}

function findingOf({ pointer, keyword, message, description, member, allowed, known }: SchemaFault, base: string): Finding {
  const at = `${base}${pointer}`;
  const fix = description === '' ? 'See the guide of the workflow language.' : description;
  switch (keyword) {
    case 'required':
      return shape(at, `"${member ?? ''}" is missing`, `Add "${member ?? ''}". ${description}`.trim());
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return {
        code: 'WORKFLOW_UNKNOWN_KEY',
        pointer: below(at, member ?? ''),
        reason: `there is no key "${(member ?? '').slice(0, 80)}" here`,
        fix: suggestion(member ?? '', known),
        atKey: true,
      };
    case 'enum':
    case 'const':
      return shape(at, `it must be one of ${(allowed ?? []).map(String).join(', ')}`, fix);
    case 'oneOf':
    case 'anyOf':
      return shape(at, 'it has none of the forms that may stand here', fix);
    case 'pattern':
    case 'format':
      return shape(at, 'it has not the form it must have', fix);
    default:
      return shape(at, message, fix);
  }
}
