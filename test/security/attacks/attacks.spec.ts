// S-01: nothing gets out. A table of attacks, made without a sandbox, at L1, at the highest level of this machine, and there with the engine wide
// open; by a host that is root and by one that is not. A row proves something only where the same code succeeded without a sandbox.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deniedCalls } from '../../../libs/sandbox/src/launcher/seccomp.rules.js';
import { attacked } from '../../support/attacks/attacking.js';
import { SECRET } from '../../support/attacks/attack-stage.js';
import type { Outcome, Told } from '../../support/attacks/attacked-host.js';
import { addresses } from '../../support/attacks/private-network.js';
import { needs } from '../../support/needs.js';
import { missing } from '../../support/probes.js';
import { reportCounts } from '../../support/record.js';
import { tableOf } from '../../fixtures/extensions/attacking/table.mjs';

const table = tableOf(Object.keys(deniedCalls));
const LEAST_PROVED = 250;
/** Sandboxes run when nobody else wants the processor: on a busy machine that takes its time. */
const PATIENCE_MS = 240_000;

const rootIsHere = missing('root') === null;
const hosts = new Map<'same' | 'plain', Promise<Told>>();

function hostAs(as: 'same' | 'plain'): Promise<Told> {
  const known = hosts.get(as) ?? attacked(as);
  hosts.set(as, known);
  return known;
}

beforeAll(() => {
  // Both at once: each is mostly waiting for the processes it starts.
  if (missing('linux') === null) void hostAs('same').catch(() => undefined);
  if (rootIsHere && missing('bwrap-plain') === null && missing('plain-checkout') === null) void hostAs('plain').catch(() => undefined);
});
afterAll(() => Promise.allSettled(hosts.values()));

const rowsWhere = (outcomes: readonly (Outcome | null)[], judge: (outcome: Outcome, row: (typeof table)[number]) => boolean) =>
  table.flatMap((row, index) => {
    const outcome = outcomes[index];
    if (outcome === null || outcome === undefined || !judge(outcome, row)) return [];
    return [`${row.number} ${row.title}: ${outcome.said} ${outcome.evidence.join(', ')}`.trim()];
  });
const saidTo = (outcomes: readonly (Outcome | null)[], title: string) => outcomes[table.findIndex((row) => row.title === title)]?.said;

it('each row of the table has a name of its own', () => {
  const names = table.map(({ number, title }) => `${number} ${title}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(table.map(({ number }) => number).filter((number) => !(number >= 1 && number <= 28) && number !== 50)).toEqual([]);
});

needs('linux', 'netns')('rows about the network (12 to 19)', () => {
  it('are attempted in a network of our own', async () => expect((await hostAs('same')).network).toBe(true), PATIENCE_MS);
});

describe.each([
  ['as who runs the tests', 'same', ['linux']],
  ['as a plain user', 'plain', ['linux', 'bwrap-plain', 'root', 'plain-checkout']],
] as const)('a host under attack %s (S-01)', (title, as, wanted) => {
  needs(...wanted)(title, () => {
    let told: Told;
    beforeAll(async () => {
      told = await hostAs(as);
    }, PATIENCE_MS);

    it('loses what it has when there is no sandbox: the control', () => {
      const control = told.runs['control'] ?? [];
      expect(rowsWhere(control, ({ done }, { lacks }) => !done && lacks === null)).toEqual([]);
      const proved = rowsWhere(control, ({ done }) => done).length;
      const unproved = rowsWhere(control, ({ done }) => !done).length;
      reportCounts('S-01', { host: title, techniques: table.length, 'work without a sandbox': proved, 'not on this machine': unproved });
      if (told.network) expect(proved).toBeGreaterThanOrEqual(LEAST_PROVED);
    });

    it('sees what the control did to it, on its own side', () => {
      const evidence = (told.runs['control'] ?? []).flatMap((outcome) => outcome?.evidence ?? []).join('\n');
      const arrivals = told.network
        ? ['127.0.0.1:80', '::1:80', `${addresses.metadata}:80`, `${addresses.metadataV6}:80`, `${addresses.declared}:80`]
            .concat(`${addresses.undeclared}:80`)
            .map((place) => `at ${place}`)
            .concat(`the resolver was asked for ${SECRET}.leak.example`)
        : [];
      const traces = ['a file was changed', 'a time was changed', 'a file was made', 'a file was made in /tmp', 'signals', 'at the socket'];
      expect([...traces, ...arrivals].filter((trace) => !evidence.includes(trace))).toEqual([]);
    });

    it('loses nothing at any level: no file, no connection, no question, no signal, no variable', () => {
      const sandboxed = Object.entries(told.runs).filter(([run]) => run !== 'control');
      expect(sandboxed.map(([run]) => run)).toContain('L1');
      for (const [run, outcomes] of sandboxed) {
        const own = (row: (typeof table)[number]): boolean => row.ownInCage && run !== 'L1';
        const lost = rowsWhere(
          outcomes,
          (outcome, row) => outcome.evidence.length > 0 || (outcome.done && (!own(row) || outcome.said.includes(SECRET))),
        );
        expect({ run, lost }).toEqual({ run, lost: [] });
        // One more would be the neighbour in the next sandbox, had it not come through.
        expect(outcomes).toHaveLength(table.length);
      }
    });

    it('in the cage with the engine wide open it is the filter that says no', () => {
      const open = Object.entries(told.runs).filter(([run]) => run.endsWith('-A'));
      expect(open).toHaveLength(told.levels.length > 1 ? 1 : 0);
      for (const [, outcomes] of open) {
        const answers = Object.keys(deniedCalls).map((name) => saidTo(outcomes, `the kernel answers to ${name}`));
        expect(answers.filter((answer) => !answer?.endsWith('error 1'))).toEqual([]);
        if (told.network) expect(saidTo(outcomes, 'Deno.connect to 127.0.0.1')).toContain('os error 1)');
      }
    });
  });
});
