// What a refusal means to somebody who works on a plan.
import { Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import type { Failure } from './plan-acts.rules.js';

/** A refusal in words; what may pass by itself is thrown on, and tried again. */
export function refusalOf(error: unknown): Failure {
  if (!(error instanceof Rejection)) throw error;
  const { kind, message } = wording(error.code, error.facts);
  // Safe boot passes with a restart alone: a plan does not hold up all others, nor its own cancel, until then.
  if (kind === 'unavailable' && error.code !== 'EXTENSION_SAFE_BOOT') throw error;
  return { code: error.code, reason: message };
}
