// D-17: the planned times that two libraries' tests ask about, answered as they answer or for a reason that is written here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { timingFindings } from '../../../workflow/src/definition/timing.rules.js';
import { cronProblem, nextCron, type CronClock } from './cron.rules.js';

type Answer = readonly string[] | 'refused' | 'never';
interface Vector extends CronClock {
  readonly after: string;
  readonly next?: Answer;
  readonly croner?: Answer;
  readonly cronParser?: Answer;
}

const file = join(import.meta.dirname, '../../../../test/fixtures/cron/vectors.json');
const VECTORS = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[];

/** Where Kari answers otherwise than a library that reads the expression, and why. */
const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  'a time in a gap comes at its end; cron-parser moves it on by the length of the gap': [
    'cronParser 30 1 * * * Antarctica/Troll',
    'cronParser 30 2 * * * Antarctica/Troll',
    'cronParser 30 1,2 * * * Australia/Lord_Howe',
    'cronParser 30 2 * * * America/New_York',
    'cronParser 30 1 * * * Europe/London',
    'cronParser 30 2 12 3 * America/New_York',
  ],
  'the same for a gap that holds a whole day; both leave that day out': [
    'croner 0 12 * * * Pacific/Apia',
    'cronParser 0 12 * * * Pacific/Apia',
  ],
  'the same for a gap around midnight; croner leaves the job out': [
    'croner 0 22,23 * * * America/Nuuk',
    'croner 0 23,0 * * * America/Santiago',
  ],
  'the first of March is in 1,15,31; croner leaves it out': ['croner 0 0 1,15,31 * * UTC'],
  'a step behind a single number, or longer than its field, is refused as croner does': [
    'cronParser 5/5 * * * * UTC',
    'cronParser */61 * * * * UTC',
    'cronParser 1,2/5 * * * * UTC',
  ],
};

function answered({ cron, timeZone, after }: Vector): Answer {
  const problem = cronProblem({ cron, timeZone });
  if (problem !== null) return problem === 'the cron expression never comes' ? 'never' : 'refused';
  const times: string[] = [];
  for (let moment = nextCron({ cron, timeZone }, Date.parse(after)); moment !== null && times.length < 5;) {
    times.push(new Date(moment).toISOString());
    moment = nextCron({ cron, timeZone }, moment);
  }
  return times;
}

it(`D-17 answers all of ${VECTORS.length} reference vectors as the libraries do, or for a documented reason`, () => {
  expect(VECTORS.length).toBeGreaterThan(300);
  const found = VECTORS.flatMap((vector) => {
    const own = JSON.stringify(answered(vector));
    const { next, croner = next, cronParser = next } = vector;
    // What one of them does not read is no answer.
    return Object.entries({ croner, cronParser })
      .filter(([, answer]) => answer !== 'refused' && JSON.stringify(answer) !== own)
      .map(([name]) => `${name} ${vector.cron} ${vector.timeZone}`);
  });
  expect([...new Set(found)].sort()).toEqual(Object.values(DIFFERENCES).flat().sort());
});

it('D-17 refuses what both refuse', () => {
  const read = VECTORS.filter(({ next }) => next === 'refused').filter((vector) => answered(vector) !== 'refused');
  expect(read.map(({ cron }) => cron)).toEqual([]);
});

it('D-17 a document is judged by the rules that its schedule is timed by', () => {
  const differing = VECTORS.filter(({ cron, timeZone }) => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'n', name: 'n', version: '1.0.0', metadata: { kari: { timeZone } } },
      do: [],
      schedule: { cron },
    };
    return (timingFindings(document).length === 0) !== (cronProblem({ cron, timeZone }) === null);
  });
  expect(differing.map(({ cron }) => cron)).toEqual([]);
});
