// When a call is tried again, after how long, and when something else stands in for it.
import { rejected, type Rejection } from '@kari/kernel';
import { wording } from '@kari/protocol';
import type { PluginContract } from '@kari/protocol/manifest';
import type { PluginRetry } from '../contract.js';

const MOST_ATTEMPTS = 10;
const BACKOFF_MS = 200;
const MOST_BACKOFF_MS = 10_000;

/** Repeating must be harmless: the contract says so, nothing is changed, or the caller has named the effect. */
export function mayRepeat(contract: Pick<PluginContract, 'effect' | 'idempotent'>, hasKey: boolean): boolean {
  return contract.idempotent || contract.effect === 'none' || contract.effect === 'read' || hasKey;
}

/** Attempts in all; throws `Rejection` PLUGIN_RETRY_UNSAFE rather than quietly trying once. */
export function attemptsOf(
  retry: PluginRetry | undefined,
  plugin: string,
  contract: Pick<PluginContract, 'effect' | 'idempotent'>,
  hasKey: boolean,
): number {
  const attempts = Math.min(retry?.attempts ?? 1, MOST_ATTEMPTS);
  if (attempts > 1 && !mayRepeat(contract, hasKey)) throw rejected('PLUGIN_RETRY_UNSAFE', { plugin });
  return attempts;
}

/** Whether the failure may pass by itself. */
export function mayPass(failure: Rejection, contract: Pick<PluginContract, 'errors'>): boolean {
  if (failure.code === 'PLUGIN_FAILED') {
    const declared = contract.errors?.[String(failure.facts['code'])];
    return declared?.retryable === true;
  }
  if (ENDS_THE_CHAIN.has(failure.code)) return false;
  if (failure.code === 'SANDBOX_CRASHED' || failure.code === 'SANDBOX_START_FAILED') return true;
  const { kind } = wording(failure.code, failure.facts);
  return kind === 'unavailable' || kind === 'deadline' || kind === 'limit';
}

/** Milliseconds before the next try; `chance` is in [0, 1). */
export function backoff(retry: PluginRetry, failures: number, chance: number): number {
  const longest = retry.maxBackoffMs ?? MOST_BACKOFF_MS;
  const full = Math.min((retry.backoffMs ?? BACKOFF_MS) * 2 ** (failures - 1), longest);
  return Math.round(full * (1 - chance / 2));
}

/** A fallback stands in for failures of the plugin, not for mistakes of the caller or the end of the chain. */
export function mayFallBack(failure: Rejection): boolean {
  return !ENDS_THE_CHAIN.has(failure.code) && !CALLERS_MISTAKE.has(failure.code);
}

const ENDS_THE_CHAIN = new Set(['PLUGIN_DEADLINE', 'PLUGIN_CANCELLED', 'SANDBOX_CANCELLED', 'PLUGIN_DEPTH_EXCEEDED', 'SANDBOX_DEPTH']);
const CALLERS_MISTAKE = new Set(['PLUGIN_INPUT_INVALID', 'PLUGIN_REFERENCE_INVALID', 'PLUGIN_RETRY_UNSAFE', 'PLUGIN_NOT_PERMITTED']);
