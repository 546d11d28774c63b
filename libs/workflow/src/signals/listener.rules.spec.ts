import { expect, it } from '@jest/globals';
import { indexed, keyFor, wordOf } from './listener.rules.js';

const order = (expect: unknown, from = '.data.order') => ({ with: { type: 'shop.paid' }, correlate: { order: { from, expect } } });

it('gives filters that ask for the same one form, and keys by what they want', () => {
  const [seven, eight, braces] = [indexed(order(7)), indexed(order('8')), indexed(order('8', '${ .data.order }'))];
  expect(seven.type).toBe('shop.paid');
  expect(seven.form).toEqual({ attributes: ['type'], correlations: [['order', '.data.order']] });
  expect([eight.shape, braces.shape]).toEqual([seven.shape, seven.shape]);
  expect(seven.key).not.toBe(eight.key);
  expect(eight.key).toBe(braces.key);
});

it('finds by an event just those that wait for it, numbers and words alike', () => {
  const { form, key } = indexed(order(7));
  expect(keyFor(form, { type: 'shop.paid' }, [7])).toBe(key);
  expect(keyFor(form, { type: 'shop.paid' }, ['7'])).toBe(key);
  expect(keyFor(form, { type: 'shop.paid' }, [8])).not.toBe(key);
  expect(keyFor(form, { type: 'shop.paid' }, [null])).toBeNull();
  expect(keyFor(form, {}, [7])).toBeNull();
});

it('leaves to each what cannot be asked of the event alone', () => {
  const filter = {
    with: { subject: 'x', data: '${ .n > 1 }' },
    correlate: { first: { from: '.data.a' }, own: { from: '.data.b + $input.n', expect: 1 } },
  };
  expect(indexed(filter)).toMatchObject({ type: '', form: { attributes: ['subject'], correlations: [] } });
});

it('keeps the index small, whatever a run asks for', () => {
  const long = indexed({ with: { type: 'x'.repeat(60_000) } });
  expect(long.type).toHaveLength(150);
  expect(long.key).not.toBe(indexed({ with: { type: 'x'.repeat(150) } }).key);
});

it('does not take two values for one', () => {
  const two = (a: string, b: string) => indexed({ with: { source: a, subject: b } }).key;
  expect(two('a', 'bc')).not.toBe(two('ab', 'c'));
  expect(wordOf({ b: 1, a: 2 })).toBe(wordOf({ a: 2, b: 1 }));
});
