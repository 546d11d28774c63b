// The workflows that simulations run, each with what must come of it. Their expressions are programs of this file, not jq: the engine is judged, not jq.
import type { Evaluator } from '../../expression/evaluator.js';
import type { Json } from '../../json.js';
import type { WorkflowDocument } from '../../definition/document.js';

type Program = (input: unknown, variables: Readonly<Record<string, unknown>>) => unknown;

const record = (value: unknown): Record<string, unknown> => (value ?? {}) as Record<string, unknown>;

const PROGRAMS: Readonly<Record<string, Program>> = {
  '.n': (input) => record(input)['n'] ?? 0,
  '.n + 1': (input) => Number(record(input)['n'] ?? 0) + 1,
  '.n < 3': (input) => Number(record(input)['n'] ?? 0) < 3,
  '.items': (input) => record(input)['items'] ?? [],
  '.approved': (input) => record(input)['approved'] === true,
  $item: (_input, { item }) => item,
  $index: (_input, { index }) => index,
  '$context.n': (_input, { context }) => record(context)['n'] ?? null,
  'length >= 3': (input) => Array.isArray(input) && input.length >= 3,
  '.data.k': (input) => record(record(input)['data'])['k'],
  $error: (_input, { error }) => error,
  '.k': (input) => record(input)['k'] ?? 'k',
};

/** Every third answer comes late, so that decisions are interrupted and made again. */
export function simEvaluator(): Evaluator {
  let asked = 0;
  return {
    evaluate(program, input, variables) {
      const run = PROGRAMS[program];
      if (run === undefined) throw new Error(`no such program: ${program}`);
      const value = run(input, variables) as Json;
      asked += 1;
      return asked % 3 === 0 ? Promise.resolve(value) : value;
    },
  };
}

const head = (name: string, kari = {}): WorkflowDocument['document'] => ({
  dsl: '1.0.0',
  namespace: 'sim',
  name,
  version: '1.0.0',
  metadata: { kari },
});
const ok = (n: number) => ({ call: 'sim.ok', with: { n } });
const saga = (n: number) => ({ ...ok(n), metadata: { kari: { compensate: [{ undo: { call: 'sim.undo', with: { n } } }] } } });

export interface SimWorkflow {
  readonly document: WorkflowDocument;
  readonly input?: Json;
  /** What a run that nobody disturbs must end with. */
  readonly expected:
    { readonly status: 'completed'; readonly output: unknown; readonly orCancelled?: boolean } | { readonly status: 'failed' };
  /** How many different effects such a run makes. Not counted for races and those that wait for people. */
  readonly effects?: number;
  readonly needs?: 'approval' | 'event';
  /** Another version, which comes to the same end, and the tasks that have another place in it. */
  readonly later?: { readonly document: WorkflowDocument; readonly mapping: readonly { readonly from: string; readonly to: string }[] };
  /** Nobody starts it alone: it has no end of its own. */
  readonly childOnly?: boolean;
}

/** Tells nothing and takes a place before the others, so that they all move. */
const before = { noted: { set: { noted: true } } };

const output = (n: number) => ({ did: { n } });
const done = (value: unknown) => ({ status: 'completed', output: value }) as const;

export const SIM_WORKFLOWS: Readonly<Record<string, SimWorkflow>> = {
  sequence: {
    document: { document: head('sequence'), do: [{ a: ok(1) }, { b: ok(2) }, { c: ok(3) }] },
    later: {
      document: { document: head('sequence'), do: [before, { first: ok(1) }, { b: ok(2) }, { again: { set: {} } }, { c: ok(3) }] },
      mapping: [{ from: 'a', to: 'first' }],
    },
    effects: 3,
    expected: done(output(3)),
  },
  retried: {
    document: {
      document: head('retried'),
      do: [
        {
          guarded: {
            try: [{ first: ok(1) }, { flaky: { call: 'sim.flaky', with: { failures: 2 } } }],
            catch: {
              retry: {
                delay: { seconds: 1 },
                backoff: { exponential: {} },
                limit: { attempt: { count: 4 } },
                jitter: { from: { milliseconds: 0 }, to: { milliseconds: 500 } },
              },
            },
          },
        },
        { after: ok(2) },
      ],
    },
    later: {
      document: {
        document: head('retried'),
        do: [
          before,
          {
            careful: {
              try: [{ noted: { set: {} } }, { first: ok(1) }, { flaky: { call: 'sim.flaky', with: { failures: 2 } } }],
              catch: { retry: { delay: { seconds: 2 }, limit: { attempt: { count: 4 } } } },
            },
          },
          { after: ok(2) },
        ],
      },
      mapping: [{ from: 'guarded', to: 'careful' }],
    },
    effects: 3,
    expected: done(output(2)),
  },
  exhausted: {
    document: {
      document: head('exhausted'),
      do: [
        {
          guarded: {
            try: [{ bad: { call: 'sim.bad' } }],
            catch: { retry: { delay: { seconds: 1 }, limit: { attempt: { count: 2 } } }, do: [{ mend: ok(7) }] },
          },
        },
      ],
    },
    effects: 1,
    expected: done(output(7)),
  },
  saga: {
    document: { document: head('saga'), do: [{ a: saga(1) }, { b: saga(2) }, { c: saga(3) }, { bad: { call: 'sim.bad' } }] },
    later: {
      document: {
        document: head('saga'),
        do: [{ one: saga(1) }, before, { two: saga(2) }, { c: saga(3) }, { again: { set: {} } }, { bad: { call: 'sim.bad' } }],
      },
      mapping: [
        { from: 'a', to: 'one' },
        { from: 'b', to: 'two' },
      ],
    },
    effects: 6,
    expected: { status: 'failed' },
  },
  waits: {
    document: {
      document: head('waits'),
      do: [{ a: ok(1) }, { rest: { wait: { seconds: 8 } } }, { b: ok(2) }, { nap: { wait: { milliseconds: 700 } } }],
    },
    later: {
      document: {
        document: head('waits'),
        do: [before, { a: ok(1) }, { pause: { wait: { seconds: 3 } } }, { b: ok(2) }, { nap: { wait: { milliseconds: 900 } } }],
      },
      mapping: [{ from: 'rest', to: 'pause' }],
    },
    effects: 2,
    expected: done(output(2)),
  },
  fanOut: {
    document: {
      document: head('fan-out'),
      do: [
        {
          each: {
            for: { in: '.items' },
            metadata: { kari: { concurrency: 3 } },
            do: [{ one: { call: 'sim.ok', with: { n: '${ $item }' } } }, { two: { call: 'sim.slow', with: { n: '${ $index }' } } }],
          },
        },
      ],
    },
    later: {
      document: {
        document: head('fan-out'),
        do: [
          {
            each: {
              for: { in: '.items' },
              metadata: { kari: { concurrency: 3 } },
              do: [
                { uno: { call: 'sim.ok', with: { n: '${ $item }' } } },
                { noted: { set: {} } },
                { two: { call: 'sim.slow', with: { n: '${ $index }' } } },
              ],
            },
          },
        ],
      },
      mapping: [{ from: 'one', to: 'uno' }],
    },
    input: { items: [5, 6, 7, 8, 9] },
    effects: 10,
    expected: done([0, 1, 2, 3, 4].map(output)),
  },
  fork: {
    document: {
      document: head('fork'),
      do: [
        {
          all: {
            fork: {
              branches: [
                { x: ok(1) },
                { y: { do: [{ y1: ok(2) }, { y2: { wait: { seconds: 1 } } }] } },
                { z: { call: 'sim.slow', with: { n: 3 } } },
              ],
            },
          },
        },
      ],
    },
    later: {
      document: {
        document: head('fork'),
        do: [
          before,
          {
            together: {
              fork: {
                branches: [
                  { x: ok(1) },
                  { y: { do: [{ noted: { set: {} } }, { y1: ok(2) }, { later: { wait: { seconds: 1 } } }] } },
                  { last: { call: 'sim.slow', with: { n: 3 } } },
                ],
              },
            },
          },
        ],
      },
      mapping: [
        { from: 'all', to: 'together' },
        { from: 'y2', to: 'later' },
        { from: 'z', to: 'last' },
      ],
    },
    effects: 3,
    expected: done([output(1), output(2), output(3)]),
  },
  race: {
    document: {
      document: head('race'),
      do: [
        {
          race: {
            fork: { compete: true, branches: [{ quick: { wait: { seconds: 2 } } }, { never: { call: 'sim.hang', with: { n: 1 } } }] },
          },
        },
        { after: ok(4) },
      ],
    },
    expected: done(output(4)),
  },
  late: {
    document: {
      document: head('late'),
      do: [
        {
          guarded: {
            try: [{ hang: { call: 'sim.hang', with: { n: 1 }, timeout: { after: { seconds: 3 } } } }],
            catch: { errors: { with: { status: 408 } }, do: [{ mend: ok(8) }] },
          },
        },
      ],
    },
    expected: done(output(8)),
  },
  loop: {
    document: {
      document: head('loop'),
      do: [
        { count: { set: { n: '${ .n + 1 }' }, export: { as: { n: '${ .n }' } } } },
        { act: { call: 'sim.ok', with: { n: '${ $context.n }' }, output: { as: { n: '${ $context.n }' } } } },
        { again: { switch: [{ more: { when: '.n < 3', then: 'count' } }, { enough: { then: 'end' } }] } },
      ],
    },
    input: { n: 0 },
    effects: 3,
    expected: done({ n: 3 }),
  },
  parent: {
    document: {
      document: head('parent'),
      do: [
        { before: saga(1) },
        { child: { run: { workflow: { namespace: 'sim', name: 'child', version: '1.0.0', input: { k: 'v' } } } } },
        { after: ok(2) },
      ],
    },
    later: {
      document: {
        document: head('parent'),
        do: [
          before,
          { before: saga(1) },
          { inner: { run: { workflow: { namespace: 'sim', name: 'child', version: '1.0.0' } } } },
          { after: ok(2) },
        ],
      },
      mapping: [{ from: 'child', to: 'inner' }],
    },
    effects: 2,
    expected: done(output(2)),
  },
  child: {
    document: { document: head('child'), do: [{ a: ok(1) }, { w: { wait: { seconds: 2 } } }, { b: { call: 'sim.slow', with: { n: 2 } } }] },
    effects: 2,
    expected: done(output(2)),
  },
  raceOfChildren: {
    document: {
      document: head('race-of-children'),
      do: [
        {
          race: {
            fork: {
              compete: true,
              branches: [{ quick: ok(1) }, { child: { run: { workflow: { namespace: 'sim', name: 'child', version: '1.0.0' } } } }],
            },
          },
        },
        // Where answers are slow enough, the child is quicker.
        { after: ok(6) },
      ],
    },
    expected: done(output(6)),
  },
  sleeper: {
    document: { document: head('sleeper'), do: [{ sleep: { call: 'sim.hang' } }] },
    expected: { status: 'failed' },
    childOnly: true,
  },
  raceOfSleeper: {
    document: {
      document: head('race-of-sleeper'),
      do: [
        {
          race: {
            fork: {
              compete: true,
              branches: [
                { quick: { wait: { seconds: 3 } } },
                { child: { run: { workflow: { namespace: 'sim', name: 'sleeper', version: '1.0.0' } } } },
              ],
            },
          },
        },
        { after: ok(5) },
      ],
    },
    expected: done(output(5)),
  },
  approval: {
    document: {
      document: head('approval'),
      do: [
        { before: saga(1) },
        { ask: { call: 'approval.request@1', with: { title: 'May it?', expires: { hours: 100 } } } },
        { judge: { switch: [{ yes: { when: '.approved', then: 'act' } }, { no: { then: 'refuse' } }] } },
        { act: { ...ok(2), then: 'end' } },
        { refuse: { raise: { error: { type: 'urn:sim:refused', status: 403 } } } },
      ],
    },
    later: {
      document: {
        document: head('approval'),
        do: [
          { before: saga(1) },
          { noted: { set: {} } },
          { question: { call: 'approval.request@1', with: { title: 'May it, really?' } } },
          { judge: { switch: [{ yes: { when: '.approved', then: 'act' } }, { no: { then: 'refuse' } }] } },
          { act: { ...ok(2), then: 'end' } },
          { refuse: { raise: { error: { type: 'urn:sim:refused', status: 403 } } } },
        ],
      },
      mapping: [{ from: 'ask', to: 'question' }],
    },
    expected: done(output(2)),
    needs: 'approval',
  },
  listener: {
    document: {
      document: head('listener'),
      do: [
        { before: ok(1) },
        { hear: { listen: { to: { all: [{ with: { type: 'sim.one' } }, { with: { type: 'sim.two' } }] } } } },
        { after: ok(2) },
      ],
    },
    later: {
      document: {
        document: head('listener'),
        do: [
          before,
          { before: ok(1) },
          { listen: { listen: { to: { any: [{ with: { type: 'sim.two' } }, { with: { type: 'sim.one' } }] } } } },
          { after: ok(2) },
        ],
      },
      mapping: [{ from: 'hear', to: 'listen' }],
    },
    expected: done(output(2)),
    needs: 'event',
  },
  hears: {
    document: {
      document: head('hears'),
      do: [
        {
          hear: {
            listen: { to: { any: [{ with: { type: 'sim.one' } }], until: 'length >= 3' } },
            foreach: { do: [{ act: ok(1) }, { tell: { emit: { event: { with: { source: 'urn:sim', type: 'sim.heard' } } } } }] },
          },
        },
        { after: ok(2) },
      ],
    },
    later: {
      document: {
        document: head('hears'),
        do: [
          before,
          {
            hear: {
              listen: { to: { any: [{ with: { type: 'sim.one' } }], until: 'length >= 3' } },
              foreach: {
                do: [
                  { deed: ok(1) },
                  { noted: { set: {} } },
                  { tell: { emit: { event: { with: { source: 'urn:sim', type: 'sim.heard' } } } } },
                ],
              },
            },
          },
          { after: ok(2) },
        ],
      },
      mapping: [{ from: 'act', to: 'deed' }],
    },
    expected: done(output(2)),
    needs: 'event',
  },
  // Programs of no variables: `k` for all, so that they share one queue.
  queued: {
    document: {
      document: head('queued', { concurrency: { key: '.k', limit: 2 } }),
      do: [{ a: saga(1) }, { w: { wait: { seconds: 3 } } }, { b: ok(2) }],
    },
    later: {
      document: { document: head('queued'), do: [{ a: saga(1) }, before, { rest: { wait: { seconds: 3 } } }, { b: ok(2) }] },
      mapping: [{ from: 'w', to: 'rest' }],
    },
    expected: done(output(2)),
  },
  latestOnly: {
    document: {
      document: head('latest-only', { concurrency: { key: '.k', overlap: 'cancel-previous' } }),
      do: [{ a: saga(1) }, { w: { wait: { seconds: 3 } } }, { b: ok(2) }],
    },
    expected: done(output(2)),
  },
  failsInLine: {
    document: {
      document: head('fails-in-line', { concurrency: { key: '.k' } }),
      do: [{ a: ok(1) }, { w: { wait: { seconds: 1 } } }, { bad: { call: 'sim.bad', with: {} } }],
    },
    expected: { status: 'failed' },
  },
  oneAlone: {
    document: {
      document: head('one-alone', { concurrency: { key: '.k', overlap: 'skip' } }),
      do: [{ a: ok(1) }, { w: { wait: { seconds: 3 } } }],
    },
    expected: { status: 'completed', output: output(1), orCancelled: true },
  },
  paced: {
    document: {
      document: head('paced', { concurrency: { key: '.k' }, rateLimit: { limit: 1, per: { seconds: 4 } } }),
      do: [{ a: { ...ok(1), metadata: { kari: { rateLimit: { limit: 1, per: { seconds: 2 } } } } } }, { b: ok(2) }],
    },
    expected: done(output(2)),
  },
};
