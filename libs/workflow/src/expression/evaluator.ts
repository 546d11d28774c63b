// Runtime expressions: jq over JSON, with no way out of it. A strict expression is a text `${ … }`; where the DSL asks for an expression
// the bare jq may stand alone.
import type { Json } from '../json.js';

/** Token of `Evaluator`. */
export const EVALUATOR = Symbol('Evaluator');

export interface Evaluator {
  /**
   * The first result of a jq program; nothing at all gives null. `variables` are named without `$`. Answers at once where the program is
   * one of the simple ones, and with a promise where real jq must run. Throws, or rejects with, `ExpressionFailed`.
   */
  evaluate(expression: string, input: Json, variables: Readonly<Record<string, Json>>): Json | Promise<Json>;
}

export type ExpressionFault = 'syntax' | 'runtime' | 'timeout' | 'memory' | 'input-size' | 'output-size' | 'unavailable';

/** An expression gave no value. `runtime` is the author's error of jq; the others say that a limit was met. */
export class ExpressionFailed extends Error {
  constructor(
    readonly fault: ExpressionFault,
    /** The program, cut after 200 characters. */
    readonly expression: string,
    /** In jq's own words where jq said it. */
    readonly reason: string,
  ) {
    super(`${expression}: ${reason}`);
    this.name = 'ExpressionFailed';
  }
}

const STRICT = /^\s*\$\{([\s\S]*)\}\s*$/;

/** Whether a text is `${ … }`; every other text is a literal wherever the DSL takes both. */
export function isRuntimeExpression(value: unknown): value is string {
  return typeof value === 'string' && STRICT.test(value);
}

/** The jq inside `${ … }`, or the text itself when it has no braces around it. */
export function programOf(expression: string): string {
  return (STRICT.exec(expression)?.[1] ?? expression).trim();
}
