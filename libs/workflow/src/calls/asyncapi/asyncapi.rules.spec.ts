import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import type { Json, JsonObject } from '../../json.js';
import { publicationIn, type AskedPublication } from './asyncapi.rules.js';

const three = (more: JsonObject = {}): JsonObject => ({
  asyncapi: '3.0.0',
  servers: {
    bus: { host: 'bus.example:9092', protocol: 'kafka' },
    web: {
      host: '{region}.api.example',
      pathname: '/v1/',
      protocol: 'https',
      variables: { region: { $ref: '#/components/serverVariables/region' } },
    },
    plain: { host: 'plain.example', protocol: 'http' },
  },
  channels: {
    orders: {
      address: 'orders/{id}/{kind}',
      parameters: { id: { location: '$message.payload#/order/id' }, kind: { location: '$message.header#/x-kind', default: 'new' } },
    },
  },
  operations: {
    tell: { action: 'send', channel: { $ref: '#/channels/orders' }, bindings: { http: { method: 'PUT' } } },
    ask: { action: 'receive', channel: { $ref: '#/channels/orders' } },
  },
  components: { serverVariables: { region: { default: 'eu', enum: ['eu', 'us'] } } },
  ...more,
});
const two = (more: JsonObject = {}): JsonObject => ({
  asyncapi: '2.6.0',
  servers: {
    web: { url: 'api.example/{v}', protocol: 'https', variables: { v: { default: 'v2' } } },
    bus: { url: 'mqtt://x', protocol: 'mqtt' },
  },
  channels: { 'orders/new': { publish: { operationId: 'tell', bindings: { http: { method: 'PATCH' } } }, servers: ['web'] } },
  ...more,
});
const message = { payload: { order: { id: 'a/b' } } };
const to = (document: Json, asked: AskedPublication) => publicationIn(document, { message, ...asked });
const reason = (document: Json, asked: AskedPublication): unknown => {
  try {
    return to(document, asked);
  } catch (error) {
    return (error as Rejection).facts['reason'];
  }
};

describe('AsyncAPI 3', () => {
  it('publishes on the first server that speaks HTTP, to the address that the message makes', () => {
    expect(to(three(), { operation: 'tell' })).toEqual({ method: 'put', endpoint: 'https://eu.api.example/v1/orders/a%2Fb/new' });
    expect(to(three(), { operation: '#/operations/ask' })).toMatchObject({ method: 'post' });
    const headers = { ...message, headers: { 'x-kind': 7 } };
    expect(to(three(), { operation: 'tell', message: headers, server: { name: 'web', variables: { region: 'us' } } })['endpoint']).toBe(
      'https://us.api.example/v1/orders/a%2Fb/7',
    );
    expect(to(three(), { operation: 'tell', server: { name: 'plain' }, protocol: 'http' })['endpoint']).toBe(
      'http://plain.example/orders/a%2Fb/new',
    );
  });

  it('keeps to the servers of the channel', () => {
    const channels = { orders: { address: 'x', servers: [{ $ref: '#/servers/plain' }] } };
    expect(to(three({ channels }), { operation: 'tell' })['endpoint']).toBe('http://plain.example/x');
    expect(reason(three({ channels }), { operation: 'tell', server: { name: 'web' } })).toBe('its channel has no server "web"');
  });

  it.each<[AskedPublication, string]>([
    [{ channel: 'orders' }, 'its document is AsyncAPI 3: name an operation, not a channel'],
    [{ operation: 'constructor' }, 'its AsyncAPI document has no operation "constructor"'],
    [{ operation: 'tell', server: { name: 'bus' } }, 'messages are published by http and https alone, and its servers speak kafka'],
    [{ operation: 'tell', protocol: 'mqtt' }, 'messages are published by http and https alone, and its servers speak mqtt'],
    [{ operation: 'tell', server: { name: 'web', variables: { region: 'xx' } } }, 'the variable "region" is none of eu, us'],
    [{ operation: 'tell', message: {} }, 'the channel needs the parameter "id", which the message does not give'],
    [{ operation: 'tell', message: { payload: { order: { id: '..' } } } }, 'the parameter "id" cannot be ".." in a path'],
  ])('refuses %j in words', (asked, words) => expect(reason(three(), asked)).toBe(words));

  it('takes no variable that would make another address', () => {
    const servers = { web: { host: '{h}', protocol: 'https', variables: { h: { default: 'a.example' } } } };
    for (const h of ['evil.example/', 'user@evil.example', 'a.example#', ''])
      expect(reason(three({ servers }), { operation: 'tell', server: { name: 'web', variables: { h } } })).toBe(
        'the variable "h" cannot be part of an address',
      );
    expect(reason(three({ servers: { web: { host: '{h}', protocol: 'https' } } }), { operation: 'tell' })).toBe(
      'its server needs the variable "h"',
    );
  });
});

describe('AsyncAPI 2', () => {
  it('knows a channel by its address or its operation', () => {
    const wanted = { method: 'patch', endpoint: 'https://api.example/v2/orders/new' };
    expect(to(two(), { channel: 'orders/new' })).toEqual(wanted);
    expect(to(two(), { operation: 'tell' })).toEqual(wanted);
    expect(reason(two(), { operation: 'gone' })).toBe('its AsyncAPI document has no operation "gone"');
    expect(reason(two(), { channel: 'gone' })).toBe('its AsyncAPI document has no channel "gone"');
  });
});

it('needs a document of AsyncAPI', () => {
  expect(reason([], { operation: 'x' })).toBe('its AsyncAPI document is no object');
  expect(reason({ openapi: '3.0.0' }, { operation: 'x' })).toBe('its document is neither AsyncAPI 3 nor 2');
});
