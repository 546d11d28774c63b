// The program that real jq is given: the author's own, shut off from everything that is not its input and its variables.

export type ProgramOutcome = { readonly program: string } | { readonly problem: string };

/** Characters of one expression. */
export const LONGEST_PROGRAM = 16 * 1024;
const DEEPEST = 256;
const VARIABLE = /^[a-zA-Z_]\w*$/;
const ABSENT = new Set(['import', 'include', 'modulemeta', '$__loc__', '$__prog_args']);

/** What reaches outside in jq, with nothing behind it here. */
const SHUT = [
  'def env: {}',
  'def input: empty',
  'def inputs: empty',
  'def debug: .',
  'def debug(f): .',
  'def stderr: .',
  'def input_filename: null',
  'def input_line_number: 0',
  'def get_search_list: []',
  'def halt: empty',
  'def halt_error: error',
  'def halt_error(f): error',
]
  .map((definition) => `${definition};`)
  .join(' ');

/** A program over `{"i": <input>, "v": {<variables>}}` that gives the first result. */
export function shutProgram(source: string, variables: readonly string[]): ProgramOutcome {
  const problem = sourceProblem(source) ?? variables.map(variableProblem).find((found) => found !== null) ?? null;
  if (problem !== null) return { problem };
  const bound = variables.map((name) => `.v[${JSON.stringify(name)}] as $${name} | `).join('');
  return { program: `${SHUT} {} as $ENV | ${bound}.i | first(${source}\n)` };
}

/** Compiles and runs nothing. */
export function compileOnly(program: string): string {
  // Definitions come first in jq; what follows them may stand in a branch.
  return program.replace(SHUT, () => `${SHUT} if true then 0 else (`) + ') end';
}

function variableProblem(name: string): string | null {
  return VARIABLE.test(name) && name !== 'ENV' && name !== '__loc__' ? null : `"${name.slice(0, 64)}" is no name of a variable`;
}

/** Looked at as tokens, so that a text may say what a program may not. */
function sourceProblem(source: string): string | null {
  if (source.length > LONGEST_PROGRAM) return `it has ${source.length} characters; the limit is ${LONGEST_PROGRAM}`;
  if (source.trim() === '') return 'it is empty';
  if (source.includes('\u0000')) return 'it holds the NUL character';
  const open: string[] = [];
  let at = 0;
  while (at < source.length) {
    const character = source[at]!;
    if (open.at(-1) === '"') {
      if (character === '\\') {
        if (source[at + 1] === '(') open.push('\\(');
        at += 2;
      } else {
        if (character === '"') open.pop();
        at += 1;
      }
      continue;
    }
    if (character === '#') {
      // A comment ends where jq ends it, and jq versions do not agree about a backslash before the end of the line.
      const line = /^#[^\n]*/.exec(source.slice(at))![0];
      if (line.includes('\\')) return 'a comment holds a backslash';
      at += line.length;
      continue;
    }
    const word = /^\$?(?:[a-zA-Z_]\w*|\$__loc__)/.exec(source.slice(at, at + 80))?.[0];
    if (word !== undefined) {
      if (ABSENT.has(word) && source[at - 1] !== '.') return `"${word}" does not exist here`;
      at += word.length;
      continue;
    }
    if ('"([{'.includes(character)) open.push(character);
    if (open.length > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`;
    if (')]}'.includes(character)) {
      const opened = open.pop();
      const fits = character === ')' ? opened === '(' || opened === '\\(' : opened === (character === ']' ? '[' : '{');
      if (!fits) return `"${character}" closes nothing`;
    }
    at += 1;
  }
  return open.length === 0 ? null : `"${open.at(-1)!.replace('\\(', '\\(')}" is not closed`;
}
