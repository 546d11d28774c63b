import { describe, expect, it } from '@jest/globals';
import { emptyLayout, planLayout, type Layout } from '@kari/package/rules';
import type { DataCollection, ManifestData } from '@kari/protocol/manifest';
import { after, inWords, stepsBetween, wanted, type Inventory } from './inventory.rules.js';

const folder: DataCollection = { description: 'x', fields: { name: { type: 'text', maxLength: 50, unique: true } } };
const note: DataCollection = { description: 'x', fields: { size: { type: 'integer' }, folder: { type: 'uuid', references: 'folder' } } };
const first: ManifestData = { version: 1, collections: { note, folder } };

function layout(data: ManifestData | undefined, before: Layout = emptyLayout): Layout {
  const plan = planLayout(before, data);
  if (plan.layout === null) throw new Error(JSON.stringify(plan.problems));
  return plan.layout;
}
const one = layout(first);
const two = layout(
  {
    version: 2,
    collections: {
      note: {
        description: 'x',
        fields: { size: { type: 'number', required: true, default: 3 }, title: { type: 'text', default: "it's" } },
      },
    },
    migrations: [{ to: 2, collection: 'note', drop: 'folder' }],
  },
  one,
);

/** All the way, one step after the other: what a run that is killed between any two steps comes to as well. */
function reached(from: Inventory, shall: Inventory): { readonly inventory: Inventory; readonly steps: readonly string[] } {
  let inventory = from;
  const steps: string[] = [];
  for (;;) {
    const [step] = stepsBetween(inventory, shall);
    if (step === undefined) return { inventory, steps };
    steps.push(inWords(step));
    inventory = after(inventory, step);
  }
}

describe('the steps', () => {
  it('make what a first layout needs: tables, then their rules', () => {
    const { inventory, steps } = reached({}, wanted([one]));
    expect(steps).toEqual([
      'create-table t1',
      'create-table t2',
      'create-index t1_c2_ix',
      'create-index t2_c3_ux',
      'add-reference t1_c2_t2_fk',
    ]);
    expect(inventory).toEqual(wanted([one]));
  });

  it('add what the next layout needs and take nothing away while both are served', () => {
    const before = reached({}, wanted([one])).inventory;
    const { inventory, steps } = reached(before, wanted([one, two]));
    expect(steps).toEqual(['add-column t1.c4', 'widen-column t1.c1', 'fill-column t1.c1']);
    expect(inventory).toEqual(wanted([one, two]));
  });

  it('drop what only the former one needed once it is proven, pointers first', () => {
    const both = reached({}, wanted([one, two])).inventory;
    const { inventory, steps } = reached(both, wanted([two]));
    expect(steps).toEqual(['drop-reference t1_c2_t2_fk', 'drop-index t1_c2_ix', 'drop-column t1.c2', 'drop-table t2']);
    expect(Object.keys(inventory['t1']?.columns ?? {})).toEqual(['c1', 'c4']);
    expect(stepsBetween(inventory, wanted([two]))).toEqual([]);
  });

  it('go back to the former one with all it had; what was widened stays wide', () => {
    const both = reached({}, wanted([one, two])).inventory;
    const { inventory, steps } = reached(both, wanted([one]));
    expect(steps).toEqual(['drop-column t1.c4']);
    expect(inventory['t1']?.columns['c1']?.storage).toBe('double precision');
    expect(stepsBetween(inventory, wanted([one]))).toEqual([]);
  });

  it('bring a field that is gone back without its values', () => {
    const proven = reached({}, wanted([two])).inventory;
    expect(reached(proven, wanted([one])).steps).toEqual([
      'create-table t2',
      'add-column t1.c2',
      'create-index t1_c2_ix',
      'create-index t2_c3_ux',
      'add-reference t1_c2_t2_fk',
      'drop-column t1.c4',
    ]);
  });

  it('are none where everything is as it shall be, and all gone where nothing is wanted', () => {
    const { inventory } = reached({}, wanted([one]));
    expect(stepsBetween(inventory, wanted([one]))).toEqual([]);
    expect(reached(inventory, {}).inventory).toEqual({});
  });
});
