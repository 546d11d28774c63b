import { describe, expect, it } from '@jest/globals';
import { contractOf, isProvider, needsOf } from './needs.rules.js';

const contract = { description: 'd', version: '1.2.0', input: true, output: true, effect: 'none', idempotent: true } as const;
const sky = { id: 'acme.sky', plugins: { 'weather.tell': contract } };

describe('what a manifest needs and provides', () => {
  it('is read the same whether it is written short or long', () => {
    expect(needsOf({ 'acme.core': '^1.0.0', 'acme.more': { range: '*', optional: true } })).toEqual([
      { id: 'acme.core', range: '^1.0.0', optional: false },
      { id: 'acme.more', range: '*', optional: true },
    ]);
    expect(needsOf(undefined)).toEqual([]);
  });

  it('is provided by anyone, or by the one that is named', () => {
    expect([contractOf(sky, 'weather.tell'), contractOf(sky, 'acme.sky/weather.tell'), contractOf(sky, 'acme.other/weather.tell')]).toEqual(
      ['1.2.0', '1.2.0', null],
    );
    expect([isProvider(sky, 'weather.tell', '^1.0.0'), isProvider(sky, 'weather.tell', '^2.0.0')]).toEqual([true, false]);
  });
});
