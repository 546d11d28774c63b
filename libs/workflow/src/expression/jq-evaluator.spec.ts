import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemTimers } from '@kari/platform/time';
import { sizeOf } from '../../../../test/support/size.js';
import type { Json } from '../json.js';
import { ExpressionFailed } from './evaluator.js';
import { JqEvaluator } from './jq-evaluator.js';
import { jqLimits, RealJq } from './real-jq.js';
import { scrambledPrograms, simplePrograms, values } from './testing/generated-programs.js';

// A busy machine is no reason for a timeout here; programs that never end get a short one of their own.
const patient = new JqEvaluator(systemTimers, { ...jqLimits, milliseconds: 30_000 });
const strict = new JqEvaluator(systemTimers, { ...jqLimits, milliseconds: 600 });
const jq = new RealJq(systemTimers, { ...jqLimits, milliseconds: 15_000 });

afterAll(async () => {
  await Promise.all([patient.onApplicationShutdown(), strict.onApplicationShutdown(), jq.close()]);
});

describe('an expression', () => {
  it.each<[string, Json, Record<string, Json>, Json]>([
    ['${ .a + 1 }', { a: 1 }, {}, 2],
    ['.a.b.c', null, {}, null],
    ['[.[] | select(. > 1)]', [1, 2, 3], {}, [2, 3]],
    ['$context + { failed: . }', 3, { context: { a: 1 } }, { a: 1, failed: 3 }],
    ['.items | map(.n) | add', { items: [{ n: 1 }, { n: 2 }] }, {}, 3],
    ['"\\(.a) of \\($total)"', { a: 0.1 }, { total: [1, { b: null }] }, '0.1 of [1,{"b":null}]'],
    ['.[]', [7, 8], {}, 7],
    ['empty', 1, {}, null],
    ['1e1000', null, {}, 1.7976931348623157e308],
  ])('%s gives jq’s first result', async (expression, input, variables, result) => {
    expect(await patient.evaluate(expression, input, variables)).toEqual(result);
  });

  it.each([
    ['1 +', 'syntax', /syntax error/],
    ['$nope', 'syntax', /\$nope is not defined/],
    ['nope(1)', 'syntax', /nope\/1 is not defined/],
    ['1) | (2', 'syntax', /closes nothing/],
    ['', 'syntax', /empty/],
    ['.a.b', 'runtime', /Cannot index number with string "b"/],
    ['error("boom")', 'runtime', /^boom$/],
    ['1 / 0', 'runtime', /divided/],
  ] as const)('%s ends with the typed error %s', async (expression, fault, reason) => {
    const failure = await failureOf(patient, expression, { a: 1 });
    expect(failure.fault).toBe(fault);
    expect(failure.reason).toMatch(reason);
  });

  it.each([
    ['env', {}],
    ['$ENV', {}],
    ['$ENV.PATH', null],
    ['input', null],
    ['[inputs]', []],
    ['input_filename', null],
    ['get_search_list', []],
    ['halt', null],
    ['.__proto__', null],
    ['.constructor', null],
    ['{"__proto__": 1} | keys', ['__proto__']],
  ] as const)('%s gives nothing of the host', async (expression, result) => {
    expect(await patient.evaluate(expression, null, {})).toEqual(result);
  });

  it.each(['$__loc__', 'import "a" as a; 1', 'include "a"; 1', '. as $a | modulemeta'])('%s does not exist', async (expression) => {
    expect((await failureOf(patient, expression)).reason).toMatch(/does not exist here/);
  });

  it('is a text of its own in a string: what it may not call it may say', async () => {
    expect(await patient.evaluate('"import $__loc__" | ascii_downcase', null, {})).toBe('import $__loc__');
  });

  it.each([
    ['last(range(1e12))', /timeout/],
    ['[range(1e12)]', /timeout|memory/],
    ['def f: f; f', /timeout|memory/],
    ['def f: 1 + f; f', /timeout|memory/],
    ['[repeat(1)]', /timeout|memory/],
    ['until(false; .)', /timeout/],
    ['reduce range(40) as $i ("x"; . + .)', /timeout|memory|output-size/],
    ['"x" * 1e9', /timeout|memory|output-size/],
    ['[limit(5e6; repeat("0123456789"))]', /timeout|memory|output-size/],
    [`${'.+.|'.repeat(40)}.`, /timeout|memory|output-size/],
    [`${'[.,.]|'.repeat(30)}tojson | length`, /timeout|memory|output-size/],
    [`${'('.repeat(300)}1${')'.repeat(300)}`, /syntax/],
    [`"${'x'.repeat(17_000)}"`, /syntax/],
  ])('hostile %#: ends with a typed error, and the next one is answered', async (expression, fault) => {
    expect((await failureOf(strict, expression, 'y')).fault).toMatch(fault);
    expect(await patient.evaluate('[.[] | . + 1]', [1], {})).toEqual([2]);
    // The thread that fell is replaced: the same evaluator answers. The control of what was refused is what is not.
    expect(await eventually(strict, '[.[] | . + 1]', [1])).toEqual([2]);
  });

  it('takes no more input than it may', async () => {
    const small = new JqEvaluator(systemTimers, { ...jqLimits, milliseconds: 30_000, inputSize: 1_000 });
    try {
      expect((await failureOf(small, '[.[]]', ['x'.repeat(1_000)])).fault).toBe('input-size');
      expect(await small.evaluate('[.[]]', ['x'], {})).toEqual(['x']);
    } finally {
      await small.onApplicationShutdown();
    }
  });

  it('W-expr the simple ones give what real jq gives, or leave the answer to it', async () => {
    const size = sizeOf('W-expr', { t1: 3_000, t2: 100_000 });
    const cases = fc.sample(fc.record({ program: simplePrograms, i: values, v: fc.record({ x: values, y: values }) }), size);
    let quick = 0;
    for (let start = 0; start < cases.length; start += BATCH) {
      const batch = cases.slice(start, start + BATCH);
      const told = await realResults(batch);
      batch.forEach(({ program, i, v }, index) => {
        const result = patient.quickly(program, i, v);
        if (result === undefined) return;
        quick += 1;
        expect({ program, i, v, result: [result] }).toEqual({ program, i, v, result: told[index] });
      });
    }
    // Were most of them left to real jq, the comparison would say little.
    expect(quick / size).toBeGreaterThan(0.2);
  }, 900_000);

  it('reaches nothing but JSON, whatever is typed', async () => {
    const size = sizeOf('W-expr', { t1: 300, t2: 5_000 });
    for (const program of fc.sample(scrambledPrograms, size)) {
      const outcome = await settled(strict, program, { a: { b: [1] } });
      expect(outcome === undefined || isPlain(outcome)).toBe(true);
      expect(JSON.stringify(outcome ?? null)).not.toMatch(/PATH|HOME|node_modules|jq-worker/);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }, 600_000);
});

describe('a check before the run', () => {
  it('compiles and runs nothing', async () => {
    expect(await patient.check('${ def f: f; f }', [])).toBeNull();
    expect(await patient.check('$x | .a', ['x'])).toBeNull();
    expect(await patient.check('$y', ['x'])).toMatch(/\$y is not defined/);
    expect(await patient.check('.a |', [])).toMatch(/syntax error/);
  });
});

const BATCH = 100;

/** Every result of each program, or its error. */
async function realResults(batch: readonly { program: string; i: Json; v: Record<string, Json> }[]): Promise<readonly unknown[]> {
  const parts = batch.map(
    ({ program }, index) => `(.[${index}] | .v.x as $x | .v.y as $y | .i | try [(${program})] catch {error: tostring})`,
  );
  const answer = await jq.run(`[${parts.join(', ')}]`, JSON.stringify(batch));
  if ('output' in answer) return JSON.parse(answer.output) as unknown[];
  // One of them needs more than jq may have (`"a" * 1e21`), or longer: the others are asked without it. No closure may have answered that one.
  if (answer.fault !== 'memory' && answer.fault !== 'timeout') throw new Error(`${answer.fault}: ${answer.reason}`);
  if (batch.length === 1) return [{ error: answer.fault }];
  const half = Math.ceil(batch.length / 2);
  return [...(await realResults(batch.slice(0, half))), ...(await realResults(batch.slice(half)))];
}

async function failureOf(evaluator: JqEvaluator, expression: string, input: Json = null): Promise<ExpressionFailed> {
  try {
    const value = await evaluator.evaluate(expression, input, {});
    throw new Error(`it gave ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof ExpressionFailed) return error;
    throw error;
  }
}

async function settled(evaluator: JqEvaluator, expression: string, input: Json): Promise<Json | undefined> {
  try {
    return await evaluator.evaluate(expression, input, { x: 1 });
  } catch (error) {
    if (error instanceof ExpressionFailed) return undefined;
    throw error;
  }
}

/** On a busy machine even a quick program may meet its time limit. */
async function eventually(evaluator: JqEvaluator, expression: string, input: Json): Promise<Json | undefined> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const value = await settled(evaluator, expression, input);
    if (value !== undefined) return value;
  }
  return undefined;
}

function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) return true;
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === Array.prototype) && Object.values(value).every(isPlain);
}
