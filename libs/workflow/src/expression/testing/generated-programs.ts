// Programs, inputs and variables as people and strangers might write them: for specs.
import fc from 'fast-check';
import type { Json } from '../../json.js';

const names = fc.constantFrom('a', 'b', 'c', 'total', 'items', 'x1', '__proto__', 'constructor', 'toString', 'length');
const numbers = fc.oneof(
  fc.integer({ min: -5, max: 20 }),
  fc.integer(),
  fc.constantFrom(0.5, -1.25, 1e-7, 123456.789, 1e15, 1e16, 1e21, 9007199254740993, 0.001, 0.0001),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
);
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'Ä', 'ab', 'a b', '10', 'é', '😀', '\uffff', 'a"b', 'x\ny', '\u007f'),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\u0000')),
);

export const values: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    numbers,
    texts,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(names, texts), tie('value')), { maxLength: 4, selector: ([name]) => name })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

const literals = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '1',
    '2',
    '10',
    '0.5',
    '3.25',
    '[]',
    '{}',
    '"a"',
    '"b"',
    '""',
    '"é😀"',
    '"a\\tb"',
    '"\\u00e9"',
  ),
  texts.map((text) => JSON.stringify(text)),
);
const fields = names.map((name) => `.${name}`);
const paths = fc.oneof(
  fc.constantFrom('.', '$x', '$y', '$x.a', '$y.b.c', '.[0]', '.[-1]', '.[1].a', '.a[0]', '.["a"]', '."b c"', '.a["b"]'),
  fields,
  fc.tuple(fields, fields).map(([one, other]) => `${one}${other}`),
);
const operators = fc.constantFrom('|', '//', 'or', 'and', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%');
const calls = fc.constantFrom(
  ...['not', 'length', 'keys', 'type', 'tostring', 'tojson', 'floor', 'first', 'last', 'reverse', 'add', 'ascii_downcase', 'ascii_upcase'],
  ...['has("a")', 'has(0)', 'startswith("a")', 'endswith("b")', 'join(", ")', 'split(" ")', 'split("")'],
);

/** Programs of the simple part of jq, with every bracket that the generator is unsure of. Whether they fail at run time is left open. */
export const simplePrograms: fc.Arbitrary<string> = fc.letrec<{ program: string }>((tie) => {
  const inner = tie('program');
  return {
    program: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      literals,
      paths,
      calls,
      fc.tuple(inner, operators, inner).map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
      fc.tuple(paths, operators, literals).map(([left, operator, right]) => `${left} ${operator} ${right}`),
      fc.tuple(paths, operators, paths, operators, literals).map(([a, one, b, two, c]) => chain(a, one, b, two, c)),
      fc.array(inner, { maxLength: 3 }).map((items) => `[${items.map((item) => `(${item})`).join(', ')}]`),
      fc
        .array(fc.tuple(names, inner), { maxLength: 3 })
        .map((members) => `{${members.map(([name, value]) => `${name}: (${value})`).join(', ')}}`),
      fc.tuple(inner, inner).map(([key, value]) => `{(${key} | tostring): (${value}), a, $x, "k\\(.)": 1}`),
      fc.tuple(inner, inner).map(([one, other]) => `"p\\(${one})q\\(${other})"`),
      fc.tuple(inner, inner, inner).map(([c, t, e]) => `if ${c} then ${t} else ${e} end`),
      fc.tuple(inner, inner).map(([c, t]) => `if ${c} then ${t} end`),
      fc.tuple(inner, inner).map(([to, body]) => `(${to}) as $y | ${body}`),
      fc.tuple(inner, calls).map(([of, call]) => `(${of}) | ${call}`),
      inner.map((each) => `map(${each})`),
      inner.map((of) => `-(${of})`),
      fc.tuple(paths, inner).map(([of, by]) => `${of}[${by}]`),
    ),
  };
}).program;

/** Comparisons do not chain in jq. */
function chain(a: string, one: string, b: string, two: string, c: string): string {
  const compares = (operator: string) => /^[=!<>]/.test(operator);
  return compares(one) && compares(two) ? `(${a} ${one} ${b}) ${two} ${c}` : `${a} ${one} ${b} ${two} ${c}`;
}

const scraps = [
  ...[
    '.',
    '..',
    '.a',
    '.__proto__',
    '.constructor',
    '.prototype',
    '["constructor"]',
    '."__proto__"',
    '[0]',
    '[]',
    '{}',
    '(',
    ')',
    '|',
    ',',
  ],
  ...['//', '+', '*', 'as', '$x', '$__loc__', '$ENV', 'env', 'input', 'inputs', 'import', 'include', 'def f: .;', 'f', 'reduce', 'foreach'],
  ...['process', 'globalThis', 'require', 'this', 'Function', 'eval', 'toString', 'valueOf', 'getpath(["__proto__"])', 'builtins', 'debug'],
  ...[
    '"\\(',
    '"',
    '\\',
    '#',
    'label $o',
    'break $o',
    '?',
    'try',
    'catch',
    '@json',
    '@sh',
    'limit(3;',
    'repeat(.)',
    'halt',
    'error',
    '1e999',
  ],
  ...['{(.): 1}', '{"__proto__": 1}', '{"__proto__": {"polluted": 1}}', 'to_entries', 'with_entries(.)', 'paths', 'tojson', 'fromjson'],
];

/** Whatever a stranger may type. */
export const scrambledPrograms = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...scraps) }, { weight: 1, arbitrary: fc.string({ maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(' '));
