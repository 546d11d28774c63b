import { expect, it } from '@jest/globals';
import { isOwnPage } from './origin.rules.js';

it.each([
  ['http://127.0.0.1:4000', '127.0.0.1:4000'],
  ['https://kari.example.org', 'Kari.example.org'],
])('%s is a page of %s', (origin, host) => expect(isOwnPage(origin, [host])).toBe(true));

it.each([
  ['http://127.0.0.1:4001', ['127.0.0.1:4000']],
  ['http://evil.example', ['kari.example.org']],
  ['https://kari.example.org.evil.example', ['kari.example.org']],
  ['https://kari.example.org/x', ['kari.example.org']],
  ['null', ['null']],
  ['file://', ['']],
  ['https://a.example', []],
  ['https://a.example', ['a.example', 'a.example']],
])('%s is no page of %j', (origin, hosts) => expect(isOwnPage(origin, hosts)).toBe(false));
