// A refusal with a code, worded for the terminal.
import { Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';

export function rejectionLine(error: Error): string | null {
  if (!(error instanceof Rejection)) return null;
  const { message, next, code } = wording(error.code, error.facts);
  return `${message} ${next} (${code})`;
}
