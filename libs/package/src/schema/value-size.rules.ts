// Judges a value before any recursive code sees it: plain JSON, not too deep, not too large. Iterative, since its depth is a stranger's choice.
import { below } from './pointer.js';
import { forbiddenNames } from './schema-keywords.js';

/** What is wrong with a value. */
export interface ValueProblem {
  /** JSON Pointer into the value. */
  readonly pointer: string;
  readonly reason: string;
}

const DEEPEST = 64;
const LARGEST = 2_000_000;
/** A text of so many characters costs as much as one number. */
const CHARACTERS = 16;

/** Nodes, with texts and names counted by their length; null when the value is not bounded JSON (`unboundedPart` says where). */
export function sizeOf(value: unknown): number | null {
  let size = 0;
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return null;
    const next: unknown[] = [];
    for (const of of level) {
      size += 1;
      if (typeof of === 'string') size += of.length / CHARACTERS;
      else if (Array.isArray(of)) for (const child of of as unknown[]) next.push(child);
      else if (typeof of === 'object' && of !== null) {
        for (const key of Object.keys(of)) {
          if (forbiddenNames.has(key)) return null;
          size += key.length / CHARACTERS;
          const child = (of as Record<string, unknown>)[key];
          // An undefined property is an absent one, as JSON would write it.
          if (child !== undefined) next.push(child);
        }
      } else if (!isScalar(of)) return null;
      if (size > LARGEST) return null;
    }
    level = next;
  }
  return size;
}

/** The second, slower look at a value that `sizeOf` refused: with places. */
export function unboundedPart(value: unknown): ValueProblem {
  let level: { value: unknown; pointer: string }[] = [{ value, pointer: '' }];
  for (let depth = 0, seen = 0; level.length > 0; depth++) {
    const next: typeof level = [];
    if (depth > DEEPEST) return { pointer: level[0]!.pointer, reason: `it is nested deeper than ${DEEPEST} levels` };
    for (const { value: of, pointer } of level) {
      if (++seen > LARGEST) break;
      if (typeof of === 'object' && of !== null) {
        for (const [key, child] of Object.entries(of)) {
          const at = below(pointer, key);
          if (forbiddenNames.has(key) && !Array.isArray(of)) return { pointer: at, reason: `"${key}" cannot be a name` };
          if (child !== undefined || Array.isArray(of)) next.push({ value: child, pointer: at });
        }
      } else if (!isScalar(of)) return { pointer, reason: 'it is not a JSON value' };
    }
    level = next;
  }
  return { pointer: '', reason: 'the value is too large' };
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}
