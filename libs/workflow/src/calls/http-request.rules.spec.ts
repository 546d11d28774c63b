import { describe, expect, it } from '@jest/globals';
import { Rejection } from '@kari/kernel';
import { httpRequestOf, outputOf, succeeded } from './http-request.rules.js';

const request = (more: object = {}) => httpRequestOf({ method: 'post', endpoint: 'https://a.example/x?a=b%20c#d', ...more });
const refused = (more: object) => {
  try {
    return request(more);
  } catch (error) {
    return (error as Rejection).facts['reason'];
  }
};

describe('a request', () => {
  it('keeps the address as it is written, and adds to it', () => {
    expect(request().url).toBe('https://a.example/x?a=b%20c#d');
    expect(request({ query: { q: 'ü &', n: [1, null, true], gone: null } }).url).toBe(
      'https://a.example/x?a=b%20c&q=%C3%BC%20%26&n=1&n=true#d',
    );
    expect(httpRequestOf({ method: 'GET', endpoint: { uri: 'https://a.example' }, query: { q: '1' } }).url).toBe('https://a.example?q=1');
  });

  it('says what its body is, unless the author does', () => {
    expect(request({ body: { a: 1 } })).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json' } });
    expect(request({ body: 'hi' })).toMatchObject({ body: 'hi', headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(request({ body: false }).body).toBe('false');
    const form = request({ body: { a: 1, b: 'ü &' }, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    expect(form).toMatchObject({ body: 'a=1&b=%C3%BC+%26', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    expect(request({ body: null })).toMatchObject({ body: null, method: 'POST', output: 'content', redirect: false });
    expect(Object.keys(request({ headers: { Accept: 'text/csv', none: null } }).headers)).toEqual(['Accept']);
  });

  it.each([
    [{ method: 7 }, 'its method is no text'],
    [{ endpoint: { uri: null } }, 'its address is no text'],
    [{ endpoint: '/orders' }, 'its address is no absolute URL'],
    [{ headers: 'x' }, 'its headers are no object'],
    [{ headers: { a: { b: 1 } } }, 'a of its headers is no single value'],
    [{ query: { a: { b: 1 } } }, 'the parameter a is no single value'],
    [{ query: { a: '\ud800' } }, 'a parameter holds half a character'],
    [{ method: 'get', body: 'x' }, 'GET takes no body'],
  ])('is refused with %j', (more, reason) => expect(refused(more)).toBe(reason));
});

describe('an answer', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const output = (type: string, body: Uint8Array, more: object = {}) =>
    outputOf(request(more), { status: 200, headers: type === '' ? {} : { 'content-type': type }, body });

  it('is JSON, a text, nothing, or base64', () => {
    expect(output('application/json; charset=utf-8', bytes('{"a":[1]}'))).toEqual({ a: [1] });
    expect(output('application/problem+json', bytes('null'))).toBeNull();
    expect(output('text/csv', bytes('a,b'))).toBe('a,b');
    expect(output('text/plain; charset=iso-8859-1', new Uint8Array([0xfc]))).toBe('ü');
    expect(output('', bytes('plain'))).toBe('plain');
    expect(output('application/json', bytes(''))).toBeNull();
    expect(output('image/png', bytes('abc'))).toBe('YWJj');
    expect(output('text/plain', new Uint8Array([0xff, 0xfe, 0xfd]))).toBe('//79');
    expect(output('text/plain; charset=nowhere', bytes('a'))).toBe('YQ==');
    expect(output('application/json', bytes('{"a":1}'), { output: 'raw' })).toBe('eyJhIjoxfQ==');
    expect(() => output('application/json', bytes('{'))).toThrow(Rejection);
  });

  it('tells of its request without the credentials in it', () => {
    const headers = { Authorization: 'x', Cookie: 'y', 'X-Mine': 'z', Accept: '*/*' };
    expect(output('text/plain', bytes('a'), { output: 'response', headers })).toEqual({
      request: { method: 'post', uri: 'https://a.example/x?a=b%20c#d', headers: { 'X-Mine': 'z', Accept: '*/*' } },
      statusCode: 200,
      headers: { 'content-type': 'text/plain' },
      content: 'a',
    });
  });

  it('is a failure by its status', () => {
    const statuses = [199, 200, 299, 300, 304, 399, 400, 500];
    expect(statuses.filter((status) => succeeded({ status }, false))).toEqual([200, 299]);
    expect(statuses.filter((status) => succeeded({ status }, true))).toEqual([200, 299, 300, 304, 399]);
  });
});
