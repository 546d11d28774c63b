// One thing that is wrong with a manifest, told so that a person can go there and a tool can act on it.
import type { Code } from '@kari/protocol';

export type ManifestCode = Extract<Code, `PACKAGE_MANIFEST_${string}` | 'PACKAGE_HIDDEN_TEXT'>;

/** Before its place in the text is known. */
export interface Finding {
  readonly code: ManifestCode;
  /** JSON Pointer; `''` is the whole manifest. */
  readonly pointer: string;
  readonly reason: string;
  /** A function where finding the words takes time: only what is shown is worded. */
  readonly fix: string | (() => string);
  /** The problem is the name of the member, not its value. */
  readonly atKey?: boolean;
}

export interface ManifestProblem {
  readonly code: ManifestCode;
  readonly pointer: string;
  /** Both count from 1; the column counts UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly fix: string;
}
