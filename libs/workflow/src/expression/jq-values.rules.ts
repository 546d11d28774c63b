// jq's order, equality and spelling of JSON values. `Unsure` means that real jq must say; `Fuel` bounds what a small program may do to a
// large or folded value.
import type { Json, JsonObject } from '../json.js';

/** Real jq decides: an error whose words are jq's, a number whose spelling depends on where it came from, or too much work. */
export class Unsure extends Error {}

const unsure = new Unsure();

export function giveUp(): never {
  throw unsure;
}

export interface Fuel {
  left: number;
}

export function spend(fuel: Fuel, amount: number): void {
  fuel.left -= amount;
  if (fuel.left < 0) giveUp();
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isTrue(value: Json): boolean {
  return value !== null && value !== false;
}

/** null, false, true, numbers, texts, lists, objects. */
function rank(value: Json): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 2 : 1;
  if (typeof value === 'number') return 3;
  if (typeof value === 'string') return 4;
  return isList(value) ? 5 : 6;
}

export function compare(left: Json, right: Json, fuel: Fuel): number {
  spend(fuel, 1);
  const ranks = rank(left) - rank(right);
  if (ranks !== 0 || left === null || typeof left === 'boolean') return ranks;
  if (typeof left === 'number') return left - (right as number);
  if (typeof left === 'string') {
    spend(fuel, left.length / 16);
    return compareTexts(left, right as string);
  }
  if (isList(left)) return compareLists(left, right as readonly Json[], fuel);
  return compareObjects(left, right as JsonObject, fuel);
}

function compareLists(left: readonly Json[], right: readonly Json[], fuel: Fuel): number {
  for (let index = 0; index < left.length && index < right.length; index += 1) {
    const order = compare(left[index]!, right[index]!, fuel);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareObjects(left: JsonObject, right: JsonObject, fuel: Fuel): number {
  const names = keysOf(left, fuel);
  const order = compareLists(names, keysOf(right, fuel), fuel);
  if (order !== 0) return order;
  for (const name of names) {
    const values = compare(left[name]!, right[name]!, fuel);
    if (values !== 0) return values;
  }
  return 0;
}

/** By code points, as their UTF-8 bytes would sort. */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    // A surrogate stands for something above every other unit.
    const aHigh = a >= 0xd800 && a <= 0xdfff;
    const bHigh = b >= 0xd800 && b <= 0xdfff;
    return aHigh === bHigh ? a - b : aHigh ? 1 : -1;
  }
  return left.length - right.length;
}

export function keysOf(value: JsonObject, fuel: Fuel): readonly string[] {
  const names = Object.keys(value);
  spend(fuel, names.length * 2);
  return names.sort(compareTexts);
}

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** As `tostring` and an interpolation write it. */
export function textOf(value: Json, fuel: Fuel): string {
  return typeof value === 'string' ? value : jsonOf(value, fuel);
}

export function jsonOf(value: Json, fuel: Fuel): string {
  spend(fuel, 1);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'string') {
    spend(fuel, value.length / 4);
    // jq escapes DEL and writes what JSON.stringify would escape otherwise.
    if (/[\u0000-\u001f\u007f\p{Surrogate}]/u.test(value)) return giveUp();
    return JSON.stringify(value);
  }
  if (isList(value)) return `[${value.map((item) => jsonOf(item, fuel)).join(',')}]`;
  const names = Object.keys(value);
  // JavaScript moves such names to the front, jq does not.
  if (names.length > 1 && names.some((name) => /^\d+$/.test(name))) giveUp();
  return `{${names.map((name) => `${jsonOf(name, fuel)}:${jsonOf(value[name]!, fuel)}`).join(',')}}`;
}

/** Numbers that are spelt alike whether they came from outside, stand in the program or were computed. */
function numberText(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0) || (size !== 0 && (size < 1e-3 || size >= 1e15))) return giveUp();
  return String(value);
}

/** Nodes and characters of a value, or giving up beyond the fuel: values may be folded, their text is not. */
export function measure(value: Json, fuel: Fuel): void {
  spend(fuel, 1);
  if (typeof value === 'string') spend(fuel, value.length / 16);
  else if (isList(value)) for (const item of value) measure(item, fuel);
  else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      spend(fuel, name.length / 16);
      measure(value[name]!, fuel);
    }
  }
}
