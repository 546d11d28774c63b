// Arithmetic by precedence climbing: a parser and an evaluator in one walk, over numbers alone. Nothing is ever compiled or looked up
// outside the tables below.

export class ArithmeticProblem extends Error {
  constructor(
    readonly kind: 'EXPRESSION_INVALID' | 'NAME_UNKNOWN' | 'RESULT_NOT_FINITE',
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

type Value = number | boolean;
type Numeric = (...values: number[]) => number;

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);

/** Name → the numbers of arguments it takes, and what it does. */
const FUNCTIONS: ReadonlyMap<string, { readonly from: number; readonly to: number; readonly apply: Numeric }> = new Map([
  ...(
    ['abs', 'sqrt', 'cbrt', 'exp', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'floor', 'ceil', 'trunc', 'sign', 'log10', 'log2'] as const
  ).map((name) => [name, { from: 1, to: 1, apply: (value: number) => Math[name](value) }] as const),
  ['ln', { from: 1, to: 1, apply: (value: number) => Math.log(value) }],
  ['log', { from: 1, to: 2, apply: (value: number, base = Math.E) => Math.log(value) / Math.log(base) }],
  ['pow', { from: 2, to: 2, apply: (base: number, power: number) => base ** power }],
  ['atan2', { from: 2, to: 2, apply: (y: number, x: number) => Math.atan2(y, x) }],
  ['round', { from: 1, to: 2, apply: rounded }],
  ['min', { from: 1, to: 100, apply: (...values: number[]) => Math.min(...values) }],
  ['max', { from: 1, to: 100, apply: (...values: number[]) => Math.max(...values) }],
  ['sum', { from: 1, to: 100, apply: (...values: number[]) => values.reduce((left, right) => left + right, 0) }],
  ['mean', { from: 1, to: 100, apply: (...values: number[]) => values.reduce((left, right) => left + right, 0) / values.length }],
]);

const BINARY: Readonly<
  Record<string, { readonly level: number; readonly rightFirst?: true; readonly apply: (left: number, right: number) => Value }>
> = {
  '<': { level: 1, apply: (left, right) => left < right },
  '<=': { level: 1, apply: (left, right) => left <= right },
  '>': { level: 1, apply: (left, right) => left > right },
  '>=': { level: 1, apply: (left, right) => left >= right },
  '==': { level: 1, apply: (left, right) => left === right },
  '!=': { level: 1, apply: (left, right) => left !== right },
  '+': { level: 2, apply: (left, right) => left + right },
  '-': { level: 2, apply: (left, right) => left - right },
  '*': { level: 3, apply: (left, right) => left * right },
  '/': { level: 3, apply: (left, right) => left / right },
  '%': { level: 3, apply: (left, right) => left % right },
  '^': { level: 5, rightFirst: true, apply: (left, right) => left ** right },
};
/** A sign binds tighter than a product and looser than a power: -2^2 is -4. */
const SIGN_LEVEL = 4;
const DEEPEST = 100;

interface Token {
  readonly text: string;
  readonly position: number;
  readonly kind: 'number' | 'name' | 'sign' | 'end';
}

export function evaluate(expression: string, values: Readonly<Record<string, number>>): Value {
  const tokens = tokensOf(expression);
  let index = 0;
  let depth = 0;
  const peek = () => tokens[index]!;
  const take = () => tokens[index++]!;
  const fail = (message: string, { position } = peek()): never => {
    throw new ArithmeticProblem('EXPRESSION_INVALID', `${message} at position ${position}.`, { position });
  };
  const expectSign = (text: string) => (peek().text === text && peek().kind === 'sign' ? take() : fail(`"${text}" is missing`));
  const numeric = (value: Value, at: Token): number =>
    typeof value === 'number' ? value : fail('A comparison cannot be reckoned with', at);

  const binary = (least: number): Value => {
    if (++depth > DEEPEST) fail(`It is nested deeper than ${DEEPEST}`);
    let left = primary();
    for (;;) {
      const sign = peek();
      const operator = sign.kind === 'sign' && Object.hasOwn(BINARY, sign.text) ? BINARY[sign.text] : undefined;
      if (operator === undefined || operator.level < least) break;
      take();
      const right = binary(operator.rightFirst === true ? operator.level : operator.level + 1);
      left = operator.apply(numeric(left, sign), numeric(right, sign));
    }
    depth--;
    return left;
  };

  const primary = (): Value => {
    const token = take();
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'name') return peek().text === '(' ? applied(token) : named(token);
    if (token.text === '-') return -numeric(binary(SIGN_LEVEL), token);
    if (token.text === '+') return numeric(binary(SIGN_LEVEL), token);
    if (token.text !== '(') return fail(token.kind === 'end' ? 'Something is missing' : `"${token.text}" is not expected`, token);
    const inner = binary(1);
    expectSign(')');
    return inner;
  };

  const applied = (token: Token): number => {
    const known = FUNCTIONS.get(token.text);
    if (known === undefined) return fail(`There is no function ${token.text}`, token);
    expectSign('(');
    const given: number[] = [];
    while (peek().text !== ')') {
      if (given.length > 0) expectSign(',');
      given.push(numeric(binary(1), token));
    }
    expectSign(')');
    if (given.length < known.from || given.length > known.to)
      fail(`${token.text} takes ${known.from} to ${known.to} values, not ${given.length},`, token);
    return known.apply(...given);
  };

  const named = ({ text }: Token): number => {
    const value = Object.hasOwn(values, text) ? values[text] : CONSTANTS.get(text);
    if (value === undefined) throw new ArithmeticProblem('NAME_UNKNOWN', `There is no value for ${text}.`, { name: text });
    return value;
  };

  const result = binary(1);
  if (peek().kind !== 'end') fail(`"${peek().text}" is not expected`);
  if (typeof result === 'number' && !Number.isFinite(result))
    throw new ArithmeticProblem('RESULT_NOT_FINITE', 'There is no finite result.');
  return result;
}

function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|[-+*/%^(),<>]))\s*/y;
  while (pattern.lastIndex < expression.length) {
    const position = pattern.lastIndex;
    const match = pattern.exec(expression);
    if (match === null) {
      const at = position + /^\s*/.exec(expression.slice(position))![0].length;
      throw new ArithmeticProblem('EXPRESSION_INVALID', `"${expression[at] ?? ''}" is not expected at position ${at}.`, { position: at });
    }
    const [whole, number, name, sign] = match;
    const start = position + (whole.length - whole.trimStart().length);
    tokens.push({
      text: number ?? name ?? sign ?? '',
      position: start,
      kind: number !== undefined ? 'number' : name !== undefined ? 'name' : 'sign',
    });
  }
  return [...tokens, { text: '', position: expression.length, kind: 'end' }];
}

/** Half away from zero, and 1.005 to two places is 1.01: the decimal that was written counts, not its nearest binary fraction. */
function rounded(value: number, places = 0): number {
  if (!Number.isFinite(value)) return value;
  const digits = Math.min(15, Math.max(-15, Math.trunc(places)));
  const shiftedBy = (number: number, by: number) => {
    const [mantissa = '0', exponent = '0'] = String(number).split('e');
    return Number(`${mantissa}e${Number(exponent) + by}`);
  };
  return Math.sign(value) * shiftedBy(Math.round(shiftedBy(Math.abs(value), digits)), -digits);
}
