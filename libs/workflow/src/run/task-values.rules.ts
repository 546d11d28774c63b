// What the expressions of a task see, and how they are answered. A value that is not known yet interrupts the decision: whoever decides finds
// it out and decides again, so that deciding stays a function without waiting.
import { isRuntimeExpression, programOf } from '../expression/evaluator.js';
import type { Json } from '../json.js';

export type Variables = Readonly<Record<string, unknown>>;

/** Answers at once what is known; throws `ValuePending` for what is not, `ValueFailed` for what has none. */
export interface Answers {
  value(program: string, input: unknown, variables: Variables): unknown;
}

class ValuePending extends Error {
  constructor(
    readonly key: string,
    readonly coming: Promise<unknown>,
  ) {
    super('a value is not known yet');
    this.name = 'ValuePending';
  }
}

export class ValueFailed extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'ValueFailed';
  }
}

/** A text where the DSL asks for an expression, with or without braces. */
export function answer(answers: Answers, expression: string, input: unknown, variables: Variables): unknown {
  return answers.value(programOf(expression), input, variables);
}

/** Any value: the expressions in it, however deep, are answered; everything else is itself, and so is an expression that is to be left. */
export function filled(
  answers: Answers,
  template: unknown,
  input: unknown,
  variables: Variables,
  leaves: (program: string) => boolean = () => false,
): unknown {
  if (isRuntimeExpression(template)) return leaves(programOf(template)) ? template : answer(answers, template, input, variables);
  if (Array.isArray(template)) return template.map((item) => filled(answers, item, input, variables, leaves));
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, filled(answers, item, input, variables, leaves)]));
  }
  return template;
}

/** Where the DSL asks for an expression or an object: a text is an expression with or without braces. */
export function shaped(answers: Answers, template: unknown, input: unknown, variables: Variables): unknown {
  return typeof template === 'string' ? answer(answers, template, input, variables) : filled(answers, template, input, variables);
}

export function holds(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

type Evaluate = (program: string, input: Json, variables: Readonly<Record<string, Json>>) => Json | Promise<Json>;

/** Decides over and over until every value it asks for is known. */
export async function deciding<T>(evaluate: Evaluate, decide: (answers: Answers) => T): Promise<T> {
  const known = new Map<string, { readonly value: unknown } | { readonly failure: unknown }>();
  const answers: Answers = {
    value(program, input, variables) {
      const found = known.size === 0 ? undefined : known.get(keyOf(program, input, variables));
      if (found !== undefined) {
        if ('failure' in found) throw new ValueFailed(reasonOf(found.failure));
        return found.value;
      }
      let value: Json | Promise<Json>;
      try {
        value = evaluate(program, input as Json, variables as Readonly<Record<string, Json>>);
      } catch (failure) {
        throw new ValueFailed(reasonOf(failure));
      }
      if (value instanceof Promise) throw new ValuePending(keyOf(program, input, variables), value);
      return value;
    },
  };
  for (;;) {
    try {
      return decide(answers);
    } catch (error) {
      if (!(error instanceof ValuePending)) throw error;
      known.set(
        error.key,
        await error.coming.then(
          (value) => ({ value }),
          (failure: unknown) => ({ failure }),
        ),
      );
    }
  }
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

function keyOf(program: string, input: unknown, variables: Variables): string {
  return JSON.stringify([program, input ?? null, variables]);
}
