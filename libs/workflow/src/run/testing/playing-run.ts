// One run played by hand: a document, the facts so far, and what follows from the next thing that becomes known.
import { manualClock } from '@kari/kernel/testing';
import type { WorkflowDocument } from '../../definition/document.js';
import { closureOf } from '../../expression/jq-closures.rules.js';
import { simpleSyntax } from '../../expression/jq-syntax.rules.js';
import { movesBetween, placesGiven, type GivenMapping } from '../../migration/mapping.rules.js';
import { judgeMigration, type MigrationVerdict } from '../../migration/migration.rules.js';
import { advance, type Stimulus } from '../interpreter.rules.js';
import type { Machine } from '../interpreter/machine.rules.js';
import type { RunEvent, RunEventOf } from '../run.events.js';
import { evolveRun, initialRun, type RunState } from '../run-state.rules.js';
import { ValueFailed } from '../task-values.rules.js';

export const RUN = '00000000-0000-7000-8000-0000000000aa';

export function documentOf(tasks: WorkflowDocument['do'], more: Partial<WorkflowDocument> = {}): WorkflowDocument {
  return { document: { dsl: '1.0.0', namespace: 'sample', name: 'sample', version: '1.0.0' }, do: tasks, ...more };
}

export function startedWith(input: unknown, more: Partial<RunEventOf<'RunStarted'>['data']> = {}): RunEvent {
  return {
    type: 'RunStarted',
    data: {
      workflow: { id: 'sample', version: '1' },
      input,
      startedAt: '2026-01-01T00:00:00.000Z',
      shard: 0,
      caller: { kind: 'user', id: 'someone' },
      ...more,
    },
  };
}

export class PlayingRun {
  state: RunState = initialRun;
  readonly facts: RunEvent[] = [];
  /** The same facts, by who wrote them together. */
  readonly appends: (readonly RunEvent[])[] = [];
  private readonly clock = manualClock();

  constructor(
    private document: WorkflowDocument,
    input: unknown = {},
    more: Partial<RunEventOf<'RunStarted'>['data']> = {},
    { begins = true }: { readonly begins?: boolean } = {},
  ) {
    this.take([startedWith(input, more)]);
    if (begins) this.on({ kind: 'begin' });
  }

  /** The facts that follow. */
  on(stimulus: Stimulus): readonly RunEvent[] {
    const events = advance(this.machine(), this.state, stimulus);
    this.take(events);
    return events;
  }

  /** A fact that somebody else wrote, and what follows from it. */
  then(event: RunEvent): readonly RunEvent[] {
    this.take([event]);
    return this.on({ kind: 'begin' });
  }

  /** What would become of it in another version. */
  judged(to: WorkflowDocument, mapping: readonly GivenMapping[] = []): MigrationVerdict {
    const versions = { from: this.document, to };
    return judgeMigration(this.state, { ...versions, moves: movesBetween(versions, placesGiven(versions, mapping)), schemaFault });
  }

  /** Moves it there, whatever is in the way, and follows up. */
  migrate(to: WorkflowDocument, mapping: readonly GivenMapping[] = [], version = '2'): readonly RunEvent[] {
    const versions = { from: this.document, to };
    const places = placesGiven(versions, mapping);
    const data = {
      from: this.state.start!.workflow.version,
      version,
      mapping: [...places],
      moves: movesBetween(versions, places),
      anew: [...this.judged(to, mapping).anew],
    };
    this.document = to;
    return this.then({ type: 'RunMigrated', data });
  }

  /** As if its document had always been this one. */
  goesBy(document: WorkflowDocument): void {
    this.document = document;
  }

  done(task: string, output: unknown): readonly RunEvent[] {
    return this.on({ kind: 'done', task, attempt: this.state.tasks.get(task)?.attempt ?? 0, output });
  }

  failed(task: string, status = 500): readonly RunEvent[] {
    return this.on({ kind: 'failed', task, attempt: this.state.tasks.get(task)?.attempt ?? 0, error: { type: 'urn:broken', status } });
  }

  types(): readonly string[] {
    return this.facts.map(({ type }) => type);
  }

  get open(): readonly string[] {
    return [...this.state.tasks.keys()];
  }

  private take(events: readonly RunEvent[]): void {
    if (events.length > 0) this.appends.push(events);
    for (const event of events) {
      this.facts.push(event);
      this.state = evolveRun(this.state, event);
    }
  }

  machine(): Machine {
    return {
      run: RUN,
      document: this.document,
      answers: { value: quick },
      schemaFault,
      now: new Date(this.clock.now()).toISOString(),
      chance: 0.5,
    };
  }
}

/** Types alone. */
function schemaFault(schema: unknown, value: unknown): string | null {
  return (schema as { type?: string }).type === typeof value ? null : `is a ${typeof value}`;
}

/** Simple programs alone. */
export function quick(program: string, input: unknown, variables: Readonly<Record<string, unknown>>): unknown {
  const syntax = simpleSyntax(program);
  const closure = syntax === null ? null : closureOf(syntax);
  if (closure === null) throw new ValueFailed(`${program} is not simple`);
  try {
    return closure(input as never, { scope: null, variables: variables as never, fuel: { left: 100_000 } });
  } catch (error) {
    throw new ValueFailed(error instanceof Error ? error.message : String(error));
  }
}
