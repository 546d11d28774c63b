// What went wrong in work on an installation, for the log: a code and words, never a stack.
import { Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';

export function asFailure(error: unknown): { code: string; reason: string } {
  if (error instanceof Rejection) return { code: error.code, reason: wording(error.code, error.facts).message };
  return { code: 'EXTENSION_STEP_FAILED', reason: 'Something went wrong inside the platform; its log names it.' };
}

export function inWordsOf(error: unknown): string {
  return asFailure(error).reason;
}
