import { expect, it } from '@jest/globals';
import { derivedId } from '@kari/kernel';
import { documentOf, PlayingRun, RUN } from '../run/testing/playing-run.js';
import { knownFrom, snapshotOf, type KnownRun, type RunSnapshot } from './run-snapshot.rules.js';

const run = new PlayingRun(
  documentOf([
    { first: { call: 'a.b@1', with: { text: 'ä "\u2028"' } } },
    { all: { fork: { branches: [{ rest: { wait: { days: 1 } } }, { ask: { call: 'approval.request@1', with: { title: 'x' } } }] } } },
  ]),
);
run.done('/do/0/first', { n: 1.5e-9, nothing: null });
const known: KnownRun = { state: run.state, revision: 12n, event: RUN, correlationId: 'c', traceparent: '00-a-b-01' };

it('is the run as it was kept, with its maps and sets in their order', () => {
  expect([run.state.timers.size, run.state.openApprovals.size]).toEqual([1, 1]);
  expect(knownFrom(snapshotOf(known))).toEqual(known);
  const untraced = { ...known, traceparent: undefined };
  expect(knownFrom(snapshotOf(untraced))).toEqual(untraced);
  expect([...knownFrom(snapshotOf(known))!.state.tasks.keys()]).toEqual([...run.state.tasks.keys()]);
});

it('is not used where anything of it has changed, or another release kept it', () => {
  const good = snapshotOf(known);
  const others: readonly Partial<RunSnapshot>[] = [
    { revision: 11n },
    { event: '00000000-0000-7000-8000-000000000009' },
    { version: good.version + 1 },
    { body: good.body.replace('running', 'failing') },
    { body: '' },
    { checksum: RUN },
    // Sound, and of another release.
    { version: good.version + 1, checksum: derivedId('run snapshot', good.version + 1, '12', RUN, good.body) },
  ];
  expect(good.checksum).toBe(derivedId('run snapshot', good.version, '12', RUN, good.body));
  expect(others.map((other) => knownFrom({ ...good, ...other }))).toEqual(others.map(() => null));
});
