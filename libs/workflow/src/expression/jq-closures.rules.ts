// Simple jq programs as closures. A closure either gives the one result that jq would give, or gives up: errors, spellings that depend on
// history and large work belong to real jq.
import type { Json } from '../json.js';
import type { Operator, Syntax } from './jq-syntax.rules.js';
import { codePoints, compare, giveUp, isList, isObject, isTrue, jsonOf, keysOf, spend, textOf, type Fuel } from './jq-values.rules.js';

/** Variables of a program, innermost first. */
interface Scope {
  readonly name: string;
  readonly value: Json;
  readonly outer: Scope | null;
}

interface Frame {
  readonly scope: Scope | null;
  readonly variables: Readonly<Record<string, Json>>;
  readonly fuel: Fuel;
}

/** Throws `Unsure`. */
export type Closure = (input: Json, frame: Frame) => Json;

/** Null where the program calls something that only real jq knows. */
export function closureOf(syntax: Syntax): Closure | null {
  switch (syntax.is) {
    case 'identity':
      return (input) => input;
    case 'literal': {
      const { value } = syntax;
      return () => value;
    }
    case 'variable': {
      const { name } = syntax;
      return (_input, frame) => lookUp(name, frame);
    }
    case 'index':
      return both(syntax.of, syntax.by, (of, by) => (input, frame) => at(of(input, frame), by(input, frame)));
    case 'text':
      return textClosure(syntax.parts);
    case 'array':
      return all(syntax.items, (items) => (input, frame) => {
        spend(frame.fuel, items.length);
        return items.map((item) => item(input, frame));
      });
    case 'object':
      return objectClosure(syntax.members);
    case 'negate':
      return all([syntax.of], ([of]) => (input, frame) => {
        const value = of!(input, frame);
        return typeof value === 'number' ? number(-value) : giveUp();
      });
    case 'binary':
      return both(syntax.left, syntax.right, (left, right) => binary(syntax.operator, left, right));
    case 'if':
      return all(
        [syntax.condition, syntax.then, syntax.else],
        ([condition, then, otherwise]) =>
          (input, frame) =>
            isTrue(condition!(input, frame)) ? then!(input, frame) : otherwise!(input, frame),
      );
    case 'bind': {
      const { name } = syntax;
      return both(syntax.to, syntax.body, (to, body) => (input, frame) => {
        const scope = { name, value: to(input, frame), outer: frame.scope };
        return body(input, { ...frame, scope });
      });
    }
    case 'call':
      return callClosure(syntax.name, syntax.arguments);
  }
}

function all(parts: readonly Syntax[], make: (closures: readonly Closure[]) => Closure): Closure | null {
  const closures = parts.map(closureOf);
  return closures.every((closure) => closure !== null) ? make(closures) : null;
}

function both(left: Syntax, right: Syntax, make: (left: Closure, right: Closure) => Closure): Closure | null {
  return all([left, right], ([one, other]) => make(one!, other!));
}

function lookUp(name: string, { scope, variables }: Frame): Json {
  for (let inner = scope; inner !== null; inner = inner.outer) if (inner.name === name) return inner.value;
  return Object.hasOwn(variables, name) ? variables[name]! : giveUp();
}

function at(of: Json, by: Json): Json {
  if (typeof by === 'string') {
    if (of === null) return null;
    if (!isObject(of)) return giveUp();
    return Object.hasOwn(of, by) ? of[by]! : null;
  }
  if (typeof by !== 'number' || !Number.isInteger(by) || Math.abs(by) > 1e6) return giveUp();
  if (of === null) return null;
  if (!isList(of)) return giveUp();
  return of[by < 0 ? of.length + by : by] ?? null;
}

function textClosure(parts: readonly (string | Syntax)[]): Closure | null {
  return all(
    parts.filter((part) => typeof part !== 'string'),
    (closures) => (input, frame) => {
      let next = 0;
      let text = '';
      for (const part of parts) text += typeof part === 'string' ? part : textOf(closures[next++]!(input, frame), frame.fuel);
      spend(frame.fuel, text.length / 16);
      return text;
    },
  );
}

function objectClosure(members: readonly (readonly [Syntax, Syntax])[]): Closure | null {
  return all(members.flat(), (closures) => (input, frame) => {
    spend(frame.fuel, members.length);
    const entries: [string, Json][] = [];
    for (let index = 0; index < closures.length; index += 2) {
      const name = closures[index]!(input, frame);
      if (typeof name !== 'string') return giveUp();
      entries.push([name, closures[index + 1]!(input, frame)]);
    }
    return Object.fromEntries(entries);
  });
}

function binary(operator: Operator, left: Closure, right: Closure): Closure {
  switch (operator) {
    case '|':
      return (input, frame) => right(left(input, frame), frame);
    case '//':
      return (input, frame) => {
        const value = left(input, frame);
        return isTrue(value) ? value : right(input, frame);
      };
    case 'or':
      return (input, frame) => isTrue(left(input, frame)) || isTrue(right(input, frame));
    case 'and':
      return (input, frame) => isTrue(left(input, frame)) && isTrue(right(input, frame));
    case '==':
      return (input, frame) => compare(left(input, frame), right(input, frame), frame.fuel) === 0;
    case '!=':
      return (input, frame) => compare(left(input, frame), right(input, frame), frame.fuel) !== 0;
    case '<':
      return (input, frame) => compare(left(input, frame), right(input, frame), frame.fuel) < 0;
    case '<=':
      return (input, frame) => compare(left(input, frame), right(input, frame), frame.fuel) <= 0;
    case '>':
      return (input, frame) => compare(left(input, frame), right(input, frame), frame.fuel) > 0;
    case '>=':
      return (input, frame) => compare(left(input, frame), right(input, frame), frame.fuel) >= 0;
    case '+':
      return (input, frame) => plus(left(input, frame), right(input, frame), frame.fuel);
    case '-':
      return (input, frame) => minus(left(input, frame), right(input, frame), frame.fuel);
    case '*':
      return (input, frame) => arithmetic(left(input, frame), right(input, frame), (a, b) => a * b);
    case '/':
      return (input, frame) => arithmetic(left(input, frame), right(input, frame), (a, b) => a / b);
    case '%':
      return (input, frame) => arithmetic(left(input, frame), right(input, frame), remainder);
  }
}

function plus(left: Json, right: Json, fuel: Fuel): Json {
  if (left === null) return right;
  if (right === null) return left;
  if (typeof left === 'number' && typeof right === 'number') return number(left + right);
  if (typeof left === 'string' && typeof right === 'string') {
    spend(fuel, (left.length + right.length) / 16);
    return left + right;
  }
  if (isList(left) && isList(right)) {
    spend(fuel, left.length + right.length);
    return [...left, ...right];
  }
  if (isObject(left) && isObject(right)) {
    spend(fuel, Object.keys(left).length + Object.keys(right).length);
    return { ...left, ...right };
  }
  return giveUp();
}

function minus(left: Json, right: Json, fuel: Fuel): Json {
  if (isList(left) && isList(right)) return left.filter((item) => !right.some((other) => compare(item, other, fuel) === 0));
  return arithmetic(left, right, (a, b) => a - b);
}

function arithmetic(left: Json, right: Json, operate: (left: number, right: number) => number): Json {
  return typeof left === 'number' && typeof right === 'number' ? number(operate(left, right)) : giveUp();
}

function remainder(left: number, right: number): number {
  if (!Number.isSafeInteger(left) || !Number.isSafeInteger(right) || right === 0) return giveUp();
  return (left % right) + 0;
}

/** A negative zero and what is not finite are spelt by jq. */
function number(value: number): number {
  return !Number.isFinite(value) || Object.is(value, -0) ? giveUp() : value;
}

type Builtin = (input: Json, given: readonly Json[], fuel: Fuel) => Json;

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['not/0', (input) => !isTrue(input)],
  ['length/0', (input) => lengthOf(input)],
  ['keys/0', (input, _given, fuel) => (isObject(input) ? keysOf(input, fuel) : isList(input) ? input.map((_, index) => index) : giveUp())],
  ['type/0', (input) => typeOf(input)],
  ['tostring/0', (input, _given, fuel) => textOf(input, fuel)],
  ['tojson/0', (input, _given, fuel) => jsonOf(input, fuel)],
  ['floor/0', (input) => (typeof input === 'number' ? number(Math.floor(input)) : giveUp())],
  ['first/0', (input) => at(input, 0)],
  ['last/0', (input) => at(input, -1)],
  ['reverse/0', (input) => (isList(input) ? [...input].reverse() : giveUp())],
  ['add/0', (input, _given, fuel) => (isList(input) ? input.reduce((sum, item) => plus(sum, item, fuel), null) : giveUp())],
  ['ascii_downcase/0', (input) => mapText(input, /[A-Z]+/g, (part) => part.toLowerCase())],
  ['ascii_upcase/0', (input) => mapText(input, /[a-z]+/g, (part) => part.toUpperCase())],
  ['has/1', (input, [name]) => has(input, name!)],
  ['startswith/1', (input, [text]) => (typeof input === 'string' && typeof text === 'string' ? input.startsWith(text) : giveUp())],
  ['endswith/1', (input, [text]) => (typeof input === 'string' && typeof text === 'string' ? input.endsWith(text) : giveUp())],
  ['join/1', (input, [between]) => join(input, between!)],
  ['split/1', (input, [between]) => split(input, between!)],
]);

function callClosure(name: string, given: readonly Syntax[]): Closure | null {
  if (name === 'map' && given.length === 1) {
    return all(given, ([each]) => (input, frame) => {
      if (!isList(input)) return giveUp();
      spend(frame.fuel, input.length);
      return input.map((item) => each!(item, frame));
    });
  }
  const builtin = BUILTINS.get(`${name}/${given.length}`);
  if (builtin === undefined) return null;
  return all(given, (closures) => (input, frame) => {
    spend(frame.fuel, isList(input) ? input.length : typeof input === 'string' ? input.length / 16 : 1);
    return builtin(
      input,
      closures.map((closure) => closure(input, frame)),
      frame.fuel,
    );
  });
}

function lengthOf(input: Json): number {
  if (input === null) return 0;
  if (typeof input === 'string') return codePoints(input);
  if (typeof input === 'number') return Math.abs(input);
  if (typeof input === 'boolean') return giveUp();
  return isList(input) ? input.length : Object.keys(input).length;
}

function typeOf(input: Json): string {
  if (input === null) return 'null';
  return isList(input) ? 'array' : typeof input;
}

function mapText(input: Json, pattern: RegExp, change: (part: string) => string): string {
  return typeof input === 'string' ? input.replace(pattern, change) : giveUp();
}

function has(input: Json, name: Json): boolean {
  if (isObject(input) && typeof name === 'string') return Object.hasOwn(input, name);
  if (isList(input) && typeof name === 'number' && Number.isInteger(name)) return name >= 0 && name < input.length;
  return giveUp();
}

function join(input: Json, between: Json): Json {
  if (!isList(input) || typeof between !== 'string' || !input.every((item) => typeof item === 'string')) return giveUp();
  return input.join(between);
}

function split(input: Json, between: Json): Json {
  if (typeof input !== 'string' || typeof between !== 'string' || input === '' || between === '') return giveUp();
  return input.split(between);
}
