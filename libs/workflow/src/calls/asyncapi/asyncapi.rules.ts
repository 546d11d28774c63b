// What publishing a message comes to as a request: one operation or channel of an AsyncAPI document (3.0, or 2.x) on a server of it that speaks HTTP.
import { own } from '@kari/kernel';
import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { at, dereferenced, lastName, listOr, objectOr, textOr } from '../described.rules.js';
import { invalid } from '../http-request.rules.js';

export interface AskedPublication {
  readonly operation?: Json;
  /** Of documents of version 2. */
  readonly channel?: Json;
  readonly server?: Json;
  readonly protocol?: Json;
  readonly message?: Json;
}

interface Place {
  readonly name: string;
  readonly url: string;
}

const SERVED = ['http', 'https'];

/** What `call: http` would be given, but for the content of the message. Throws WORKFLOW_CALL_INVALID. */
export function publicationIn(document: Json, asked: AskedPublication): JsonObject {
  if (!isJsonObject(document)) throw invalid('its AsyncAPI document is no object');
  const version = textOr(document['asyncapi'], '');
  const described = /^3\./.test(version) ? ofThree(document, asked) : /^2\./.test(version) ? ofTwo(document, asked) : null;
  if (described === null) throw invalid('its document is neither AsyncAPI 3 nor 2');
  const { address, parameters, servers, binding } = described;
  const place = chosen(servers, asked);
  const message = objectOr(asked.message);
  const path = address.replace(/\{([^{}]+)\}/g, (_, name: string) => parameterOf(name, objectOr(own(parameters, name)), message));
  return {
    method: textOr(objectOr(binding['http'])['method'], 'POST').toLowerCase(),
    endpoint: `${place.url.replace(/\/$/, '')}/${path.replace(/^\//, '')}`,
  };
}

interface Described {
  readonly address: string;
  readonly parameters: JsonObject;
  readonly servers: readonly (Place & { readonly protocol: string })[];
  readonly binding: JsonObject;
}

function ofThree(document: JsonObject, asked: AskedPublication): Described {
  if (asked.operation === undefined) throw invalid('its document is AsyncAPI 3: name an operation, not a channel');
  const operation = named(document, document['operations'], asked.operation, 'operation');
  const channel = dereferenced(document, operation['channel']);
  const all = Object.entries(objectOr(document['servers']));
  const allowed = listOr(channel['servers']).map((one) => lastName(textOr(objectOr(one)['$ref'], '')));
  return {
    address: textOr(channel['address'], ''),
    parameters: objectOr(channel['parameters']),
    servers: all
      .filter(([name]) => allowed.length === 0 || allowed.includes(name))
      .map(([name, one]) => {
        const server = dereferenced(document, one);
        const protocol = textOr(server['protocol'], '');
        const url = `${protocol}://${textOr(server['host'], '')}${textOr(server['pathname'], '')}`;
        return { name, protocol, url: filled(url, dereferencedAll(document, server['variables']), asked) };
      }),
    binding: dereferenced(document, operation['bindings']),
  };
}

function ofTwo(document: JsonObject, asked: AskedPublication): Described {
  const channels = Object.entries(objectOr(document['channels'])).map(([address, one]) => ({ address, item: dereferenced(document, one) }));
  const found =
    asked.channel === undefined
      ? channels.find(({ item }) => operationsOf(item).some((one) => one['operationId'] === asked.operation))
      : channels.find(({ address }) => address === asked.channel);
  if (found === undefined) {
    const what = asked.channel === undefined ? 'operation' : 'channel';
    throw invalid(`its AsyncAPI document has no ${what} "${textOr(asked.channel ?? asked.operation, '?').slice(0, 80)}"`);
  }
  const { address, item } = found;
  const operation = operationsOf(item).find((one) => asked.channel !== undefined || one['operationId'] === asked.operation);
  const allowed = listOr(item['servers']).map((name) => textOr(name, ''));
  return {
    address,
    parameters: objectOr(item['parameters']),
    servers: Object.entries(objectOr(document['servers']))
      .filter(([name]) => allowed.length === 0 || allowed.includes(name))
      .map(([name, one]) => {
        const server = dereferenced(document, one);
        const protocol = textOr(server['protocol'], '');
        const url = filled(textOr(server['url'], ''), dereferencedAll(document, server['variables']), asked);
        return { name, protocol, url: url.includes('://') ? url : `${protocol}://${url}` };
      }),
    binding: dereferenced(document, operation?.['bindings']),
  };
}

/** Publishing is what a client does; some documents have it under the other word. */
function operationsOf(item: JsonObject): readonly JsonObject[] {
  return [item['publish'], item['subscribe']].filter(isJsonObject);
}

function chosen(servers: Described['servers'], { server, protocol }: AskedPublication): Place {
  const name = objectOr(server)['name'];
  const wanted = servers.filter((one) => name === undefined || one.name === name);
  if (wanted.length === 0) throw invalid(`its channel has no server "${textOr(name, '?').slice(0, 80)}"`);
  const speaking = wanted.filter((one) => SERVED.includes(one.protocol) && (protocol === undefined || protocol === 'http'));
  if (speaking[0] !== undefined) return speaking[0];
  const spoken = [...new Set(wanted.map((one) => one.protocol))].join(', ') || 'none';
  throw invalid(
    `messages are published by http and https alone, and its servers speak ${protocol === undefined ? spoken : textOr(protocol, '?')}`,
  );
}

/** `{region}` of an address is what the call says, or what the document says when nobody does. */
function filled(url: string, variables: JsonObject, { server }: AskedPublication): string {
  const given = objectOr(objectOr(server)['variables']);
  return url.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const { default: otherwise, enum: among } = objectOr(own(variables, name));
    const value = own(given, name) ?? otherwise;
    if (typeof value !== 'string' && typeof value !== 'number') throw invalid(`its server needs the variable "${name.slice(0, 80)}"`);
    if (Array.isArray(among) && !among.includes(value)) throw invalid(`the variable "${name.slice(0, 80)}" is none of ${among.join(', ')}`);
    if (!/^[\w.-]+$/.test(String(value))) throw invalid(`the variable "${name.slice(0, 80)}" cannot be part of an address`);
    return String(value);
  });
}

/** Where a parameter stands in the message, or what it is when nothing is said. */
function parameterOf(name: string, { location, default: otherwise }: JsonObject, message: JsonObject): string {
  const [, part, pointer = ''] = /^\$message\.(payload|header)#(\/.*)$/.exec(textOr(location, '')) ?? [];
  const inside = part === undefined ? undefined : at(message[part === 'header' ? 'headers' : 'payload'], pointer);
  const value = inside ?? otherwise;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw invalid(`the channel needs the parameter "${name.slice(0, 80)}", which the message does not give`);
  if (['', '.', '..'].includes(String(value))) throw invalid(`the parameter "${name.slice(0, 80)}" cannot be "${String(value)}" in a path`);
  return encodeURIComponent(String(value));
}

function named(document: JsonObject, all: Json | undefined, name: Json, what: string): JsonObject {
  const one = typeof name === 'string' ? own(objectOr(all), lastName(name)) : undefined;
  if (one === undefined) throw invalid(`its AsyncAPI document has no ${what} "${textOr(name, '?').slice(0, 80)}"`);
  return dereferenced(document, one);
}

function dereferencedAll(document: JsonObject, value: Json | undefined): JsonObject {
  return Object.fromEntries(Object.entries(objectOr(value)).map(([name, one]) => [name, dereferenced(document, one)]));
}
