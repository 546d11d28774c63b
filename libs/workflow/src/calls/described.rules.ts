// Documents that describe a service: read as they come, with references that lead no further than the document.
import { own } from '@kari/kernel';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { invalid } from './http-request.rules.js';

const MOST_REFERENCES = 16;

/** What a reference stands for, or the value itself; what lies elsewhere is not fetched. */
export function dereferenced(document: JsonObject, value: Json | undefined, followed = 0): JsonObject {
  const object = objectOr(value);
  const reference = object['$ref'];
  if (typeof reference !== 'string') return object;
  if (!reference.startsWith('#/') || followed > MOST_REFERENCES)
    throw invalid(`its document refers to ${reference.slice(0, 80)}, which cannot be followed`);
  return dereferenced(document, at(document, reference.slice(1)), followed + 1);
}

/** What stands at a JSON pointer of objects. */
export function at(value: Json | undefined, pointer: string): Json | undefined {
  return pointer
    .split('/')
    .slice(1)
    .map(unescaped)
    .reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? own(inner, key) : undefined), value);
}

/** `#/operations/tell` is `tell`. */
export function lastName(reference: string): string {
  return unescaped(reference.slice(reference.lastIndexOf('/') + 1));
}

function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function objectOr(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOr(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
