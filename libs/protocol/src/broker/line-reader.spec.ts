import { expect, it } from '@jest/globals';
import { LineReader } from './line-reader.js';

const text = (lines: Iterable<Uint8Array>) => [...lines].map((line) => Buffer.from(line).toString());

it('joins what arrives in pieces and separates what arrives together', () => {
  const reader = new LineReader();
  expect(text(reader.push(Buffer.from('one\ntw')))).toEqual(['one']);
  expect(text(reader.push(Buffer.from('o')))).toEqual([]);
  expect(text(reader.push(Buffer.from('\n\n\nthree\nfour\n')))).toEqual(['two', 'three', 'four']);
});

it('does not hold on to a buffer that its owner uses again', () => {
  const reader = new LineReader();
  const buffer = Buffer.from('abc');
  expect(text(reader.push(buffer))).toEqual([]);
  buffer.fill('x');
  expect(text(reader.push(Buffer.from('\n')))).toEqual(['abc']);
});

it('gives up on a line that grows beyond the limit, however it arrives', () => {
  const reader = new LineReader(10);
  expect(text(reader.push(Buffer.from('0123456789\n')))).toEqual(['0123456789']);
  expect(text(reader.push(Buffer.from('01234')))).toEqual([]);
  expect(() => text(reader.push(Buffer.from('567890')))).toThrow(/without a newline/);
  expect(() => text(new LineReader(10).push(Buffer.from('01234567890\n')))).toThrow(/without a newline/);
  expect(() => text(new LineReader(10).push(Buffer.from('01234567890\n')))).toThrow(expect.objectContaining({ rule: 'size' }));
});

it('holds just as much as the limit, and says what the limit is', () => {
  const reader = new LineReader(10);
  expect(text(reader.push(Buffer.from('01234')))).toEqual([]);
  expect(text(reader.push(Buffer.from('56789')))).toEqual([]);
  expect(text(reader.push(Buffer.from('\n')))).toEqual(['0123456789']);
  expect(() => text(reader.push(Buffer.from('01234567890')))).toThrow('more than 10 bytes without a newline');
});
