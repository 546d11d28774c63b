// One operation of an OpenAPI document (3.x, or 2.0 as Swagger wrote it), and what its parameters come to as a request.
import { own } from '@kari/kernel';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { dereferenced, listOr, objectOr, textOr } from './described.rules.js';
import { invalid } from './http-request.rules.js';

export interface Operation {
  readonly method: string;
  /** Absolute, with `{name}` where a parameter of the path goes. */
  readonly url: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly name: string; readonly type: string; readonly required: boolean } | null;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie' | 'form';
  readonly required: boolean;
  /** How a list is written: each item by itself, or all of them joined by this. */
  readonly joined: string | null;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** Throws WORKFLOW_CALL_INVALID where the document, or the operation in it, is not what it should be. */
export function operationIn(document: Json, operationId: string, documentUrl: string): Operation {
  if (!isJsonObject(document)) throw invalid('its OpenAPI document is no object');
  const legacy = document['swagger'] === '2.0';
  if (!legacy && !/^3\.[01]\./.test(textOr(document['openapi'], '')))
    throw invalid('its document is neither OpenAPI 3.0, 3.1 nor Swagger 2.0');
  const resolve = (value: Json | undefined): JsonObject => dereferenced(document, value);
  for (const [path, item] of Object.entries(objectOr(document['paths']))) {
    const shared = resolve(item);
    for (const method of METHODS) {
      const found = objectOr(shared[method]);
      if (found['operationId'] !== operationId) continue;
      const given = listOr(found['parameters']).map(resolve);
      const overridden = listOr(shared['parameters'])
        .map(resolve)
        .filter((one) => !given.some(({ name, in: place }) => name === one['name'] && place === one['in']));
      const all = [...overridden, ...given];
      const base = legacy ? legacyBase(document, documentUrl) : serverOf([found, shared, document], documentUrl);
      const body = legacy ? legacyBody(document, found, all) : bodyOf(resolve(found['requestBody']));
      return { method, url: `${base.replace(/\/$/, '')}${path}`, parameters: all.flatMap((one) => parameterOf(one, legacy)), body };
    }
  }
  throw invalid(`its OpenAPI document has no operation "${operationId.slice(0, 80)}"`);
}

function serverOf(places: readonly JsonObject[], documentUrl: string): string {
  const servers = places.map((place) => listOr(place['servers'])).find((list) => list.length > 0) ?? [];
  const { url, variables } = objectOr(servers[0]);
  const filled = textOr(url, '/').replace(/\{([^{}]+)\}/g, (_, name: string) => textOr(objectOr(objectOr(variables)[name])['default'], ''));
  return absolute(filled, documentUrl);
}

function legacyBase(document: JsonObject, documentUrl: string): string {
  const own = new URL(documentUrl);
  const schemes = listOr(document['schemes']);
  const scheme = schemes.length === 0 ? own.protocol.slice(0, -1) : schemes.includes('https') ? 'https' : textOr(schemes[0], 'https');
  return absolute(`${scheme}://${textOr(document['host'], own.host)}${textOr(document['basePath'], '')}`, documentUrl);
}

function absolute(address: string, documentUrl: string): string {
  try {
    return new URL(address, documentUrl).href;
  } catch {
    throw invalid('the server in its OpenAPI document has no address that can be used');
  }
}

function parameterOf(
  { name, in: place, required, explode, style, collectionFormat, type }: JsonObject,
  legacy: boolean,
): readonly Parameter[] {
  if (typeof name !== 'string') return [];
  const where = place === 'formData' ? 'form' : place;
  if (where !== 'path' && where !== 'query' && where !== 'header' && where !== 'cookie' && where !== 'form') return [];
  if (type === 'file') throw invalid('its operation takes a file, which cannot be sent');
  return [
    {
      name,
      in: where,
      required: required === true || where === 'path',
      joined: legacy ? legacyJoin(collectionFormat) : join(where, explode, style),
    },
  ];
}

function legacyJoin(format: Json | undefined): string | null {
  return format === 'multi' ? null : ({ ssv: ' ', tsv: '\t', pipes: '|' }[textOr(format, '')] ?? ',');
}

function join(place: string, explode: Json | undefined, style: Json | undefined): string | null {
  if (place !== 'query' || explode === false || (explode === undefined && style !== undefined && style !== 'form'))
    return style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : ',';
  return null;
}

const FORM = 'application/x-www-form-urlencoded';

function bodyOf(body: JsonObject): Operation['body'] {
  const types = Object.keys(objectOr(body['content']));
  if (types.length === 0) return null;
  return { name: 'body', type: chosen(types), required: body['required'] === true };
}

function legacyBody(document: JsonObject, operation: JsonObject, parameters: readonly JsonObject[]): Operation['body'] {
  const types = listOr(operation['consumes'] ?? document['consumes']).map((type) => textOr(type, ''));
  const body = parameters.find((one) => one['in'] === 'body');
  if (body !== undefined) return { name: textOr(body['name'], 'body'), type: chosen(types), required: body['required'] === true };
  return null;
}

function chosen(types: readonly string[]): string {
  const type = types.find((one) => /[/+]json\b/.test(one)) ?? types.find((one) => one.startsWith(FORM)) ?? types[0] ?? 'application/json';
  if (type.startsWith('multipart/')) throw invalid('its operation takes multipart content alone, which cannot be sent');
  return type.includes('*') ? 'application/json' : type;
}

/** What `call: http` would be given. `hidden` names parameters that a secret makes whole: without them, they are not missing. */
export function argumentsFor(operation: Operation, given: JsonObject, hidden: readonly string[] = []): JsonObject {
  const { method, url, parameters, body } = operation;
  const known = [...parameters.map(({ name }) => name), ...(body === null ? [] : [body.name])];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`its operation has no parameter "${unknown.slice(0, 80)}"; it has: ${known.join(', ')}`);
  const needed = [...parameters, ...(body === null ? [] : [body])].find(
    ({ name, required }) => required && (own(given, name) ?? null) === null && !hidden.includes(name),
  );
  if (needed !== undefined) throw invalid(`its operation needs the parameter "${needed.name}"`);
  const bare = parameters.find(({ name, in: place }) => hidden.includes(name) && (place === 'path' || place === 'query'));
  if (bare !== undefined) throw invalid(`the parameter "${bare.name}" is part of the address, where no secret may stand`);
  const of = (place: Parameter['in']) => parameters.filter((one) => one.in === place && (own(given, one.name) ?? null) !== null);
  const values = (place: Parameter['in']): JsonObject =>
    Object.fromEntries(of(place).map((one) => [one.name, written(one, given[one.name]!)]));
  const cookie = of('cookie').map((one) => `${one.name}=${encodeURIComponent(textOf(one, given[one.name]!))}`);
  const form = values('form');
  const payload = body === null ? (Object.keys(form).length === 0 ? undefined : form) : own(given, body.name);
  const type = payload === undefined ? {} : { 'content-type': body?.type ?? FORM };
  return {
    method,
    endpoint: of('path').reduce((address, one) => address.replaceAll(`{${one.name}}`, inPath(one, given[one.name]!)), url),
    headers: { ...type, ...values('header'), ...(cookie.length === 0 ? {} : { cookie: cookie.join('; ') }) },
    query: values('query'),
    ...(payload === undefined ? {} : { body: payload }),
  };
}

function written({ name, joined }: Parameter, value: Json): Json {
  if (isJsonObject(value)) throw invalid(`the parameter "${name}" is an object, which has no one form in a request`);
  return Array.isArray(value) && joined !== null ? value.map((one) => String(one)).join(joined) : value;
}

function textOf(parameter: Parameter, value: Json): string {
  const one = written(parameter, value);
  return typeof one === 'string' ? one : JSON.stringify(one);
}

function inPath(parameter: Parameter, value: Json): string {
  const text = textOf(parameter, value);
  if (text === '' || text === '.' || text === '..') throw invalid(`the parameter "${parameter.name}" cannot be "${text}" in a path`);
  return encodeURIComponent(text);
}
