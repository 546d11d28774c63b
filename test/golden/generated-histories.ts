// Makes histories of runs as this release writes them: many documents, each lived through in many ways. What was told to the interpreter is kept
// with what followed, so that a later release can be asked the same questions.
import { seededRandom } from '@kari/kernel/testing';
import type { Random } from '@kari/kernel';
import type { WorkflowDocument } from '../../libs/workflow/src/definition/document.js';
import { movesBetween, placesGiven } from '../../libs/workflow/src/migration/mapping.rules.js';
import { judgeMigration } from '../../libs/workflow/src/migration/migration.rules.js';
import { advance, type Stimulus } from '../../libs/workflow/src/run/interpreter.rules.js';
import { admissionToSeek } from '../../libs/workflow/src/run/interpreter/admission.rules.js';
import { effectsOf, paceToKeep } from '../../libs/workflow/src/run/interpreter/effects.rules.js';
import type { Machine } from '../../libs/workflow/src/run/interpreter/machine.rules.js';
import type { RunEvent } from '../../libs/workflow/src/run/run.events.js';
import { awaitsChild, childRunOf, evolveRun, initialRun, isOver, type RunState } from '../../libs/workflow/src/run/run-state.rules.js';
import { quick, RUN, startedWith } from '../../libs/workflow/src/run/testing/playing-run.js';
import { SIM_WORKFLOWS } from '../../libs/workflow/src/run/testing/sim-workflows.js';

/** A stimulus and what followed, or what somebody else wrote. */
type Step =
  | { readonly told: Stimulus; readonly at: string; readonly chance: number; readonly facts: readonly RunEvent[] }
  | { readonly wrote: RunEvent };

export interface History {
  readonly name: string;
  readonly document: string;
  readonly start: RunEvent;
  readonly steps: readonly Step[];
}

const LIVES_EACH = 8;
/** Of a document that has another version: each is moved to it on its way. */
const MOVED_LIVES_EACH = 4;
const LATER = 'later';
const MOST_STEPS = 60;

const head = (name: string) => ({ dsl: '1.0.0', namespace: 'golden', name, version: '1.0.0' });
const call = (name: string, more: object = {}) => ({ call: `golden.${name}@1`, ...more });
const undoable = (name: string) => call(name, { metadata: { kari: { compensate: [{ undo: call('undo', { with: { of: '${ $output }' } }) }] } } });

/** What the workflows of the simulation leave out: data flow, conditions, schemas, timeouts, every way of catching, `emit`, functions. */
const MORE: Readonly<Record<string, readonly [WorkflowDocument, unknown?]>> = {
  dataFlow: [
    {
      document: head('data-flow'),
      input: { from: '.order', schema: { document: { type: 'object' } } },
      output: { as: '${ { final: . } }' },
      use: { functions: { priced: { call: 'golden.price@1', with: { currency: 'EUR', rows: '${ .rows }' } } } },
      do: [
        { skipped: { if: '.none', ...call('never') } },
        { price: { call: 'priced', with: { rows: '${ .rows }' }, export: { as: '${ { total: .total } }' } } },
        { shape: { set: { total: '${ $context.total }', reference: '${ $task.reference }' }, output: { as: '${ .total }' } } },
        { tell: { emit: { event: { with: { type: 'golden.told', data: '${ . }' } } } } },
      ],
    },
    { order: { rows: [1, 2] } },
  ],
  wrongInput: [{ document: head('wrong-input'), input: { schema: { document: { type: 'string' } } }, do: [{ a: call('a') }] }],
  wrongOutput: [{ document: head('wrong-output'), do: [{ a: call('a', { output: { schema: { document: { type: 'string' } } } }) }] }],
  timeouts: [
    {
      document: head('timeouts'),
      timeout: { after: { hours: 2 } },
      do: [
        { slow: call('slow', { timeout: { after: { minutes: 5 } } }) },
        { ask: { call: 'approval.request@1', with: { title: 'Soon?', rights: ['run.operate'], expires: 'PT1H' } } },
        { rest: { wait: { minutes: 30 } } },
      ],
    },
  ],
  catches: [
    {
      document: head('catches'),
      use: { retries: { twice: { delay: { seconds: 1 }, backoff: { linear: {} }, limit: { attempt: { count: 2 } } } } },
      do: [
        {
          outer: {
            try: [
              { inner: { try: [{ a: call('a') }], catch: { errors: { with: { status: 404 } }, do: [{ missing: { set: { missing: true } } }] } } },
              { b: call('b') },
            ],
            catch: { as: 'fault', exceptWhen: '$fault.status == 408', retry: 'twice', do: [{ mend: call('mend', { with: { status: '${ $fault.status }' } }) }] },
          },
        },
        { after: { raise: { error: { type: 'urn:golden:end', status: 500, title: 'the end' } } } },
      ],
    },
  ],
  loops: [
    {
      document: head('loops'),
      do: [
        {
          outer: {
            for: { each: 'row', in: '.rows', at: 'place' },
            while: '$place < 3',
            do: [
              { pick: { switch: [{ even: { when: '$row == 2', then: 'exit' } }, { odd: { then: 'act' } }] } },
              { act: call('act', { with: { row: '${ $row }' } }) },
            ],
          },
        },
      ],
    },
    { rows: [1, 2, 3, 4] },
  ],
  undoing: [
    {
      document: head('undoing'),
      do: [
        { first: undoable('first') },
        { each: { for: { in: '.rows' }, metadata: { kari: { concurrency: 2 } }, do: [{ one: undoable('one') }] } },
        { last: call('last') },
      ],
    },
    { rows: [1, 2] },
  ],
  children: [
    {
      document: head('children'),
      do: [
        { alone: { run: { workflow: { namespace: 'golden', name: 'c', version: 'latest', input: { n: 1 } }, await: false } } },
        {
          both: {
            fork: {
              branches: [
                { child: { run: { workflow: { namespace: 'golden', name: 'c', version: '1.0.0' } } } },
                { other: { do: [{ x: call('x') }, { y: { wait: 'PT1S', then: 'end' } }] } },
              ],
            },
          },
        },
      ],
    },
  ],
  limits: [
    {
      document: {
        ...head('limits'),
        metadata: { kari: { concurrency: { key: '${ .id }', limit: 2, overlap: 'queue' }, rateLimit: { limit: 3, per: 'PT1M' } } },
      },
      do: [{ one: call('one', { metadata: { kari: { rateLimit: { limit: 1, per: 'PT1S' } } } }) }, { two: call('two') }],
    },
    { id: 'order-1' },
  ],
  listeners: [
    {
      document: head('listeners'),
      do: [
        { one: { listen: { to: { one: { with: { type: 'a', subject: '${ .id }' }, correlate: { order: { from: '.data.order', expect: '${ .id }' } } } } } } },
        { any: { listen: { to: { any: [{ with: { type: 'b' } }, { with: { type: 'c' } }] }, read: 'envelope' }, timeout: { after: 'PT1H' } } },
      ],
    } as unknown as WorkflowDocument,
    { id: 'order-1' },
  ],
};

export function goldenDocuments(): ReadonlyMap<string, readonly [WorkflowDocument, unknown]> {
  const simulated = Object.entries(SIM_WORKFLOWS).map(([name, { document, input }]) => [name, [document, input ?? {}]] as const);
  return new Map([...simulated, ...Object.entries(MORE).map(([name, [document, input]]) => [name, [document, input ?? {}]] as const)]);
}

/** Versions that runs are moved to, by the document and the version. */
export function laterDocuments(): ReadonlyMap<string, WorkflowDocument> {
  return new Map(
    Object.entries(SIM_WORKFLOWS).flatMap(([name, { later }]) => (later === undefined ? [] : [[laterName(name, LATER), later.document]])),
  );
}

export function laterName(document: string, version: string): string {
  return `${document} ${version}`;
}

export function generatedHistories(): readonly History[] {
  const ordinary = [...goldenDocuments()].flatMap(([name, [document, input]], index) =>
    Array.from({ length: LIVES_EACH + (index % 3) }, (_, life) => new Life(name, document, input, index * 100 + life).live()),
  );
  const moved = Object.entries(SIM_WORKFLOWS).flatMap(([name, { document, input, later }], index) =>
    later === undefined
      ? []
      : Array.from({ length: MOVED_LIVES_EACH }, (_, life) => new Life(name, document, input ?? {}, index * 100 + 50 + life, later).live()),
  );
  return [...ordinary, ...moved];
}

/** Of one document at one moment: what a schema refuses is told by its type alone. */
export function goldenMachine(document: WorkflowDocument, now: string, chance: number): Machine {
  return {
    run: RUN,
    document,
    answers: { value: quick },
    schemaFault: (schema, value) => ((schema as { type?: string }).type === typeof value ? null : `is a ${typeof value}`),
    now,
    chance,
  };
}

class Life {
  private readonly random: Random;
  private readonly steps: Step[] = [];
  private readonly start: RunEvent;
  private state: RunState;
  private now = Date.UTC(2026, 0, 1);

  constructor(
    private readonly name: string,
    private document: WorkflowDocument,
    input: unknown,
    private readonly seed: number,
    private later: (typeof SIM_WORKFLOWS)[string]['later'] = undefined,
  ) {
    this.random = seededRandom(seed + 1);
    this.start = startedWith(input);
    this.state = evolveRun(initialRun, this.start);
  }

  live(): History {
    this.tell({ kind: 'begin' });
    for (let left = MOST_STEPS; left > 0 && !this.finished(); left -= 1) this.step(left < 15);
    return { name: `${this.name}-${this.seed}`, document: this.name, start: this.start, steps: this.steps };
  }

  private finished(): boolean {
    if (!isOver(this.state)) return false;
    const again = this.state.status === 'failed' && this.state.tasks.size > 0 && this.chance(0.3);
    if (again) this.write({ type: 'RunRetried', data: { task: this.state.failure?.task ?? '/do', shard: 0 } });
    return isOver(this.state);
  }

  private step(late: boolean): void {
    this.now += Math.floor(this.random.next() * 60_000);
    const { state } = this;
    if (state.paused && (late || this.chance(0.4))) return this.write({ type: 'RunResumed', data: {} });
    if (state.status === 'running' && !state.paused && this.chance(0.04)) return this.write({ type: 'RunPaused', data: { reason: 'look' } });
    if (state.status === 'running' && (late ? this.chance(0.3) : this.chance(0.02))) {
      return this.write({ type: 'RunCancelRequested', data: { reason: 'enough' } });
    }
    const moved = this.later !== undefined && (late || this.chance(0.3)) ? this.migration(this.later) : null;
    if (moved !== null) return this.write(moved);
    const possible = [...this.admission(), ...this.effects(), ...this.children(), ...this.timers(), ...this.people()];
    const next = possible[Math.floor(this.random.next() * possible.length)];
    if (next === undefined) this.write({ type: 'RunCancelRequested', data: { reason: 'nothing left to happen' } });
    else if ('type' in next) this.write(next);
    else this.tell(next);
  }

  /** Null where something open has no place in the other version yet. */
  private migration({ document, mapping: given }: NonNullable<(typeof SIM_WORKFLOWS)[string]['later']>): RunEvent | null {
    const versions = { from: this.document, to: document };
    const mapping = placesGiven(versions, given);
    const moves = movesBetween(versions, mapping);
    const { obstacles, anew } = judgeMigration(this.state, { ...versions, moves, schemaFault: () => null });
    if (obstacles.length > 0) return null;
    this.document = document;
    this.later = undefined;
    return { type: 'RunMigrated', data: { from: '1', version: LATER, mapping: [...mapping], moves, anew: [...anew] } };
  }

  private admission(): readonly Stimulus[] {
    const wish = admissionToSeek(this.state);
    const turn = this.state.admission?.turn ?? 0;
    if (wish === 'pace') return [{ kind: 'pace', turn, waitMs: this.chance(0.5) ? 0 : 500 }];
    if (wish !== 'place') return [];
    if (this.chance(0.6)) return [{ kind: 'place', turn, answer: { status: 'held' } }];
    return [
      { kind: 'place', turn, answer: { status: 'waiting', behind: [RUN], ahead: 2 } },
      { kind: 'place', turn, answer: { status: 'refused', reason: 'another run has the same key' } },
    ];
  }

  private effects(): readonly Stimulus[] {
    return effectsOf({ ...this.state, paused: false })
      .filter((task) => !awaitsChild(task))
      .map((task) => {
        const { id, attempt, begun } = task;
        if (paceToKeep(task) !== null && this.chance(0.4)) return { kind: 'hold', task: id, attempt, waitMs: 300 };
        if (!begun && this.chance(0.15)) return { kind: 'started', task: id, attempt, worker: 'golden' };
        const status = [500, 404, 408][Math.floor(this.random.next() * 3)]!;
        if (this.chance(0.12)) return { kind: 'failed', task: id, attempt, error: { type: 'urn:golden:broken', status, title: 'BROKEN' } };
        return { kind: 'done', task: id, attempt, output: { n: Math.floor(this.random.next() * 9), approved: true } };
      });
  }

  private children(): readonly Stimulus[] {
    const awaited = [...this.state.abandoned, ...[...this.state.tasks.values()].filter(awaitsChild).map(childRunOf)];
    return isOver(this.state)
      ? []
      : awaited.map((run) => ({
          kind: 'child',
          end: this.chance(0.7)
            ? { run, outcome: 'completed', output: { grown: true } }
            : { run, outcome: 'failed', error: { type: 'urn:golden:child', status: 500 } },
        }));
  }

  private timers(): readonly Stimulus[] {
    return [...this.state.timers.keys()].map((timer) => ({ kind: 'timer', timer }));
  }

  private people(): readonly RunEvent[] {
    const decided = [...this.state.openApprovals.keys()].map((approval): RunEvent => {
      const decision = this.chance(0.7) ? 'approved' : 'rejected';
      return { type: 'ApprovalGiven', data: { approval, decision, comment: null, by: 'somebody' } };
    });
    const received = [...this.state.listeners].flatMap((task): readonly RunEvent[] => {
      const { filters, received: got } = this.state.tasks.get(task)!.listening!;
      const filter = filters.findIndex((_, index) => !(index in got));
      return filter < 0 ? [] : [{ type: 'EventReceived', data: { task, filter, event: { id: `e${filter}`, type: 'golden', data: { n: filter } } } }];
    });
    return [...decided, ...received];
  }

  private tell(told: Stimulus): void {
    const [at, chance] = [new Date(this.now).toISOString(), this.random.next()];
    const facts = advance(goldenMachine(this.document, at, chance), this.state, told);
    this.steps.push({ told, at, chance, facts });
    this.state = facts.reduce(evolveRun, this.state);
  }

  private write(event: RunEvent): void {
    this.steps.push({ wrote: event });
    this.state = evolveRun(this.state, event);
    this.tell({ kind: 'begin' });
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }
}
