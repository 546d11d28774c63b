// One thing that is wrong with a document, told so that a person can go there and a tool can act on it.
import type { Code } from '@kari/protocol';

export type WorkflowCode = Extract<Code, `WORKFLOW_${string}` | `PLUGIN_${string}`>;

/** Before its place in the text is known. */
export interface Finding {
  readonly code: WorkflowCode;
  /** JSON pointer into the document; `''` is all of it. */
  readonly pointer: string;
  readonly reason: string;
  readonly fix: string;
  /** The problem is the name of the member, not its value. */
  readonly atKey?: boolean;
}

export interface DocumentProblem {
  readonly code: WorkflowCode;
  readonly pointer: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly fix: string;
}

const MOST_PROBLEMS = 100;

/** Appends one reference token to a JSON pointer. */
export function below(pointer: string, ...tokens: readonly (string | number)[]): string {
  return tokens.reduce<string>((at, token) => `${at}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`, pointer);
}

/** The same problem once, the earlier place first. */
export function inPlace(
  findings: readonly Finding[],
  locate: (finding: Finding) => { readonly line: number; readonly column: number },
): readonly DocumentProblem[] {
  const seen = new Map<string, DocumentProblem>();
  for (const finding of findings) {
    const { code, pointer, reason, fix } = finding;
    seen.set(`${code} ${pointer} ${reason}`, { code, pointer, ...locate(finding), reason, fix });
  }
  return [...seen.values()].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST_PROBLEMS);
}
