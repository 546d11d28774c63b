// How often something may begin: the count that a rate limit of the document shares, and how long its time is.
import { canonicalJson, derivedId } from '@kari/kernel';
import type { RateLimit } from '../../definition/document.js';
import { millisecondsOf } from '../duration.rules.js';
import type { RunPace } from '../run.events.js';
import { filled, ValueFailed, type Variables } from '../task-values.rules.js';
import type { Machine } from './machine.rules.js';

/** `of` names what is counted; each value of the key has a count of its own. */
export function paceOf(m: Machine, rate: RateLimit, of: readonly string[], input: unknown, variables: Variables): RunPace {
  const perMs = millisecondsOf(filled(m.answers, rate.per, input, variables) as never);
  if (perMs === null || perMs <= 0) throw new ValueFailed('the time of the rate limit is no duration');
  const key = rate.key === undefined ? null : filled(m.answers, rate.key, input, variables);
  return { bucket: derivedId('pace', ...of, canonicalJson(key ?? null)), limit: rate.limit, perMs };
}
