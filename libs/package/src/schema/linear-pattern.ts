// Regular expressions that run in time proportional to the text, whatever their author wrote: RE2 instead of the backtracking engine.
import { RE2JS } from 're2js';
import { schemaLimits } from './schema-keywords.js';

export interface LinearPattern {
  /** Whether the pattern is found in the text. */
  test(text: string): boolean;
  /** Instructions of the compiled program: what one character may cost. */
  readonly size: number;
  toString(): string;
}

export type PatternOutcome = { readonly pattern: LinearPattern } | { readonly problem: string };

/** The pattern must be valid for ECMA-262 (flag u) *and* for RE2, so that editors, UIs and the server agree on what it means. */
export function linearPattern(source: string): PatternOutcome {
  if (source.length > schemaLimits.patternLength) return { problem: `it is longer than ${schemaLimits.patternLength} characters` };
  try {
    new RegExp(source, 'u');
  } catch (error) {
    return { problem: `it is not a regular expression of ECMA-262 with the flag u: ${messageOf(error)}` };
  }
  const missing = missingInLinear(source);
  if (missing !== null) return { problem: `${missing} does not exist in the linear-time engine that runs patterns here` };
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
    const size = compiled.programSize();
    if (size > schemaLimits.patternProgram) return { problem: `it compiles to ${size} steps; the limit is ${schemaLimits.patternProgram}` };
    return { pattern: { test: (text) => compiled.test(text), size, toString: () => `/${source}/u` } };
  } catch (error) {
    return { problem: `the linear-time engine refuses it: ${messageOf(error)}` };
  }
}

function missingInLinear(source: string): string | null {
  // Escaped pairs and classes are blanked first: `\\(?=` and `[(?=]` are ordinary characters.
  const bare = source.replace(/\\[^1-9kpP]/gsu, '..').replace(/\[(?:[^\]\\]|\\.)*\]/gsu, '.');
  if (/\(\?<?[=!]/.test(bare)) return 'look-ahead or look-behind';
  if (/\\(?:[1-9]|k<)/.test(bare)) return 'a back-reference';
  return null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
