// Expressions of workflows: simple programs at once as closures, all others on real jq.
import { Inject, Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { TIMERS, type Timers } from '@kari/kernel';
import type { Json } from '../json.js';
import { ExpressionFailed, programOf, type Evaluator } from './evaluator.js';
import { closureOf, type Closure } from './jq-closures.rules.js';
import { compileOnly, shutProgram } from './jq-program.rules.js';
import { simpleSyntax } from './jq-syntax.rules.js';
import { measure, Unsure } from './jq-values.rules.js';
import { JQ_LIMITS, jqLimits, RealJq, type JqAnswer, type JqLimits } from './real-jq.js';

const CACHED = 5_000;
/** Nothing of the program runs: only a machine that is busy takes long. */
const COMPILE_MILLISECONDS = 30_000;
const FUEL = 200_000;
/** The largest number that a double holds: what jq makes of a literal beyond it. */
const LARGEST = 1.7976931348623157e308;

@Injectable()
export class JqEvaluator implements Evaluator, OnApplicationShutdown {
  private readonly closures = new Map<string, Closure | null>();
  private readonly jq: RealJq;

  constructor(
    @Inject(TIMERS) timers: Timers,
    @Optional() @Inject(JQ_LIMITS) private readonly limits: JqLimits = jqLimits,
  ) {
    this.jq = new RealJq(timers, limits);
  }

  evaluate(expression: string, input: Json, variables: Readonly<Record<string, Json>>): Json | Promise<Json> {
    const program = programOf(expression);
    const quick = this.quickly(program, input, variables);
    return quick === undefined ? this.thoroughly(program, input, variables) : quick;
  }

  /** What is wrong with a program before it runs, in jq's words; null when it compiles with these variables. */
  async check(expression: string, variables: readonly string[]): Promise<string | null> {
    const shut = shutProgram(programOf(expression), variables);
    if ('problem' in shut) return shut.problem;
    const answer = await this.jq.run(compileOnly(shut.program), 'null', COMPILE_MILLISECONDS);
    if ('output' in answer) return null;
    return answer.fault === 'syntax' ? cleaned(answer.reason) : answer.reason;
  }

  /** Undefined where real jq must say. */
  quickly(program: string, input: Json, variables: Readonly<Record<string, Json>>): Json | undefined {
    const closure = this.closure(program);
    if (closure === null) return undefined;
    try {
      const fuel = { left: FUEL };
      const value = closure(input, { scope: null, variables, fuel });
      measure(value, fuel);
      return value;
    } catch (error) {
      // A value may be folded deeper than a stack is.
      if (error instanceof Unsure || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.jq.close();
  }

  private closure(program: string): Closure | null {
    const known = this.closures.get(program);
    if (known !== undefined) return known;
    const syntax = simpleSyntax(program);
    const closure = syntax === null ? null : closureOf(syntax);
    if (this.closures.size >= CACHED) this.closures.delete(this.closures.keys().next().value as string);
    this.closures.set(program, closure);
    return closure;
  }

  private async thoroughly(program: string, input: Json, variables: Readonly<Record<string, Json>>): Promise<Json> {
    const shut = shutProgram(program, Object.keys(variables));
    if ('problem' in shut) throw failed('syntax', program, shut.problem);
    const text = encoded(program, { i: input, v: variables });
    const size = this.limits.inputSize;
    if (text.length > size) throw failed('input-size', program, `its input has more than ${size} characters`);
    const answer = await this.jq.run(shut.program, text);
    if ('fault' in answer) throw failed(answer.fault, program, cleaned(answer.reason));
    return decoded(answer);
  }
}

function failed(fault: ExpressionFailed['fault'], program: string, reason: string): ExpressionFailed {
  return new ExpressionFailed(fault, program.slice(0, 200), reason.slice(0, 500));
}

function encoded(program: string, value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw failed('input-size', program, 'its input is nested too deep');
  }
}

function decoded({ output }: JqAnswer & { readonly output: string }): Json {
  const text = output.trim();
  if (text === '') return null;
  const value = JSON.parse(text) as Json;
  // Only such numbers can lie beyond a double.
  return /[eE]\+?\d{3}|-0\b/.test(text) ? bounded(value) : value;
}

function bounded(value: Json): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : Math.sign(value) * LARGEST;
  if (Array.isArray(value)) return (value as readonly Json[]).map(bounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, bounded(member)]));
}

/** jq's words without its own places: they count what stands around the author's program. */
function cleaned(told: string): string {
  const lines = told
    .split('\n')
    .map((line) =>
      line
        .replace(/^jq: error(?: \(at [^)]*\))?(?: \(not a string\))?: ?/, '')
        .replace(/ at <top-level>,? line \d+.*$/, '')
        .replace(/ \(Unix shell quoting issues\?\)/, ''),
    )
    .filter((line) => line.trim() !== '' && !/^jq: \d+ compile errors?$/.test(line) && !line.includes('def env: {};'));
  return (lines[0] ?? 'it gives no result').trim();
}
