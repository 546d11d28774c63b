// Whether an event is what one filter waits for, beyond what the index has seen to.
import { canonicalJson } from '@kari/kernel';
import { ExpressionFailed, isRuntimeExpression, programOf, type Evaluator } from '../expression/evaluator.js';
import type { Json } from '../json.js';
import { holds } from '../run/task-values.rules.js';
import { wordOf, type AwaitedFilter, type SignalDocument } from './listener.rules.js';

type Variables = Readonly<Record<string, Json>>;

/** Answers each program once for one event, however many wait for it. */
export class EventAnswers {
  private readonly known = new Map<string, Promise<Json>>();

  constructor(
    private readonly evaluator: Evaluator,
    readonly event: SignalDocument,
  ) {}

  /** An expression that fails says nothing: null. */
  ask(program: string, of: 'event' | 'data', variables: Variables = {}): Promise<Json> {
    const lent = Object.keys(variables).length === 0 ? '' : canonicalJson(variables);
    const key = `${of} ${program} ${lent}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const asked = this.evaluate(programOf(program), (of === 'event' ? this.event : (this.event['data'] ?? null)) as Json, variables);
    this.known.set(key, asked);
    return asked;
  }

  private async evaluate(program: string, input: Json, variables: Variables): Promise<Json> {
    try {
      return await this.evaluator.evaluate(program, input, variables);
    } catch (error) {
      if (error instanceof ExpressionFailed && error.fault !== 'unavailable') return null;
      throw error;
    }
  }
}

/** What the event's correlations are; null when it is not waited for. Attributes must have been compared. */
export async function correlationWith(filter: AwaitedFilter, answers: EventAnswers): Promise<Readonly<Record<string, unknown>> | null> {
  const variables = (filter.variables ?? {}) as Variables;
  if (!(await dataPasses(filter.with['data'], answers, variables))) return null;
  const found: Record<string, unknown> = {};
  for (const [name, { from, expect }] of Object.entries(filter.correlate ?? {})) {
    const value = await answers.ask(from, 'event', namedIn(from, variables));
    if (value === null) return null;
    if (expect !== undefined && wordOf(value) !== wordOf(expect)) return null;
    found[name] = value;
  }
  return found;
}

/** An expression must hold of the data; anything else must be equal to it. */
async function dataPasses(wanted: unknown, answers: EventAnswers, variables: Variables): Promise<boolean> {
  if (wanted === undefined) return true;
  if (isRuntimeExpression(wanted)) return holds(await answers.ask(wanted, 'data', namedIn(wanted, variables)));
  return canonicalJson(wanted ?? null) === canonicalJson(answers.event['data'] ?? null);
}

function namedIn(program: string, variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => program.includes(`$${name}`)));
}
