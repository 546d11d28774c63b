import { expect, it } from '@jest/globals';
import type { Rejection } from '@kari/kernel';
import { methodIn, protoFileOf } from './proto-method.js';

const file = (body: string, head = 'syntax = "proto3"; package a.v1;') => protoFileOf(`${head} ${body}`);
const SERVICE = 'message M { string x = 1; } service Books { rpc Find (M) returns (M); rpc Watch (M) returns (stream M); }';
const reason = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as Rejection).facts['reason'];
  }
};

it('finds a method by the full or the short name of its service', () => {
  for (const name of ['a.v1.Books', 'Books']) expect(methodIn(file(SERVICE), name, 'Find').path).toBe('/a.v1.Books/Find');
  expect(methodIn(file(SERVICE, 'syntax = "proto3";'), 'Books', 'Find').path).toBe('/Books/Find');
});

it.each([
  ['a service', () => methodIn(file(SERVICE), 'Films', 'Find'), 'its proto file has no service "Films"; it has: a.v1.Books'],
  ['a method', () => methodIn(file(SERVICE), 'Books', 'constructor'), 'its service has no method "constructor"; it has: Find, Watch'],
  ['one message', () => methodIn(file(SERVICE), 'Books', 'Watch'), 'its method Watch streams; a task gives one message and takes one'],
  [
    'a service by itself',
    () => methodIn(file('service S {} message I { }', 'syntax = "proto3";'), 'T', 'X'),
    'its proto file has no service "T"; it has: S',
  ],
])('needs %s that is there', (_, work, words) => expect(reason(work)).toBe(words));

it.each([
  ['no proto at all', '<html>', /^its proto file cannot be read \(/],
  [
    'an import of another file',
    'syntax = "proto3"; import "other.proto";',
    /^its proto file imports other\.proto; it must stand by itself/,
  ],
  ['a type that is not there', 'syntax = "proto3"; message M { Gone g = 1; }', /^its proto file names a type that it does not have/],
  ['too much', `syntax = "proto3"; // ${'x'.repeat(300_000)}`, /larger than 262144 bytes$/],
  ['a nest without end', `syntax = "proto3"; ${'message A { '.repeat(20_000)}`, /^its proto file cannot be read/],
])('refuses %s', (_, text, words) => expect(reason(() => protoFileOf(text))).toMatch(words));
