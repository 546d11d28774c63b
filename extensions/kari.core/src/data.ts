// data.transform, json.query, math.evaluate.
import { PluginError, definePlugin } from '@kari/sdk';
import jsonata from 'jsonata';
import { ArithmeticProblem, evaluate } from './arithmetic.js';
import type { CoreTypes } from './extension.types.js';
import { TooManyRows, transformed } from './rows.js';

export const transform = definePlugin<CoreTypes, 'data.transform'>(({ rows, steps }) => {
  try {
    return { rows: transformed(rows, steps) };
  } catch (error) {
    throw error instanceof TooManyRows ? new PluginError('ROWS_TOO_MANY', error.message) : error;
  }
});

export const calculate = definePlugin<CoreTypes, 'math.evaluate'>(({ expression, values = {} }) => {
  try {
    return { result: evaluate(expression, values) };
  } catch (error) {
    if (!(error instanceof ArithmeticProblem)) throw error;
    throw new PluginError(error.kind, error.message, error.kind === 'RESULT_NOT_FINITE' ? undefined : error.details);
  }
});

const QUERY_MILLISECONDS = 2_000;
const QUERY_DEPTH = 200;

export const query = definePlugin<CoreTypes, 'json.query'>(async ({ value, query: source, bindings = {} }, { signal }) => {
  try {
    const expression = jsonata(source);
    limit(expression, signal);
    const result = (await expression.evaluate(value, bindings)) as unknown;
    // What cannot be said in JSON (functions) is no answer; marks that the engine leaves on its lists are dropped.
    const text = JSON.stringify(result);
    return { result: text === undefined ? null : (JSON.parse(text) as unknown) };
  } catch (error) {
    if (error instanceof PluginError) throw error;
    const { message, position } = error as { message?: string; position?: number };
    throw new PluginError('QUERY_INVALID', message ?? String(error), { position: position ?? null });
  }
});

/** The engine's own hooks around each step: the only way to stop a query that recurses. */
function limit(expression: jsonata.Expression, signal: AbortSignal): void {
  const end = Date.now() + QUERY_MILLISECONDS;
  let depth = 0;
  const check = () => {
    if (depth > QUERY_DEPTH) throw new PluginError('QUERY_TOO_LONG', `The question nests deeper than ${QUERY_DEPTH} steps.`);
    if (Date.now() > end || signal.aborted)
      throw new PluginError('QUERY_TOO_LONG', `The question took more than ${QUERY_MILLISECONDS} ms.`);
  };
  const assign = expression.assign.bind(expression) as unknown as (name: symbol, hook: () => void) => void;
  assign(Symbol.for('jsonata.__evaluate_entry'), () => {
    depth++;
    check();
  });
  assign(Symbol.for('jsonata.__evaluate_exit'), () => {
    depth--;
    check();
  });
}
