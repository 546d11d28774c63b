// The one manifest schema, compiled once, and its verdicts in words.
import { readFileSync } from 'node:fs';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { linearPattern } from '../schema/linear-pattern.js';
import { below } from '../schema/pointer.js';
import { validationEngine } from '../schema/validation-engine.js';
import type { Finding } from './manifest-problem.js';
import { suggestion } from './nearest.rules.js';

const file = new URL('../../../protocol/src/manifest/extension.schema.json', import.meta.url);
let compiled: ValidateFunction | null = null;
let definitions: Readonly<Record<string, { readonly description?: string }>> = {};

export function schemaFindings(value: unknown): readonly Finding[] {
  compiled ??= compile();
  if (compiled(value)) return [];
  const findings = new Map<string, Finding>();
  for (const error of compiled.errors ?? []) {
    const finding = worded(error);
    if (finding !== null) findings.set(`${finding.code} ${finding.pointer} ${finding.reason}`, finding);
  }
  return [...findings.values()];
}

function compile(): ValidateFunction {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as { $defs: typeof definitions };
  definitions = schema.$defs;
  const pattern = (source: string) => {
    const outcome = linearPattern(source);
    if ('problem' in outcome) throw new Error(`${source}: ${outcome.problem}`);
    return outcome.pattern;
  };
  return validationEngine({ allErrors: true, verbose: true, pattern }).compile(schema);
}

function worded(error: ErrorObject): Finding | null {
  const { keyword, instancePath: pointer, params, data } = error;
  const about = descriptionOf(error.parentSchema);
  const shape = (reason: string, fix: Finding['fix'] = about): Finding => ({ code: 'PACKAGE_MANIFEST_SHAPE', pointer, reason, fix });
  // The verdict on a name arrives twice: from inside, without its place, and from `propertyNames`.
  if (error.propertyName !== undefined && keyword !== 'propertyNames') return null;
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
      const reason = `there is no key "${key.slice(0, 80)}" here`;
      return { code: 'PACKAGE_MANIFEST_UNKNOWN_KEY', pointer: below(pointer, key), reason, fix: () => suggestion(key, known), atKey: true };
    }
    case 'propertyNames': {
      const name = String(params['propertyName']);
      const reason = `${shown(name)} is not a name of the right form`;
      return { code: 'PACKAGE_MANIFEST_SHAPE', pointer: below(pointer, name), reason, fix: descriptionOf(error.schema), atKey: true };
    }
    case 'required': {
      const missing = String(params['missingProperty']);
      const property = ((error.parentSchema?.['properties'] ?? {}) as Record<string, unknown>)[missing];
      return shape(
        `"${missing}" is missing`,
        property === undefined ? `Add "${missing}".` : `Add "${missing}": ${descriptionOf(property)}`,
      );
    }
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(String);
      return shape(`${shown(data)} is not one of the values there are`, () => suggestion(typeof data === 'string' ? data : '', allowed));
    }
    case 'type':
      return shape(`${kindOf(data)} stands where ${[params['type']].flat().map(articled).join(' or ')} must`);
    case 'pattern':
    case 'format':
      return shape(`${shown(data)} has not the form it must have`);
    case 'uniqueItems':
      return { code: 'PACKAGE_MANIFEST_DUPLICATE', pointer, reason: 'the same item stands in the list twice', fix: 'Remove one of them.' };
    case 'not':
      return shape('two of its keys exclude each other');
    case 'minProperties':
    case 'maxProperties':
      return shape(`${error.message ?? keyword}; it has ${Object.keys(data as object).length}`);
    case 'if':
    case 'dependentSchemas':
      return null;
    default:
      return shape(error.message ?? keyword);
  }
}

function descriptionOf(schema: unknown): string {
  const { description, $ref } = (schema ?? {}) as { description?: string; $ref?: string };
  const named = $ref === undefined ? undefined : definitions[$ref.slice('#/$defs/'.length)]?.description;
  return description ?? named ?? 'See the reference of the manifest.';
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function articled(type: unknown): string {
  if (type === 'array') return 'a list';
  return type === 'null' ? 'null' : `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${String(type)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
