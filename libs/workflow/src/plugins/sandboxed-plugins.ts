// The orchestrator: finds a plugin, holds both sides to its contract, calls it in its sandbox, and composes several into one chain.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  derivedId,
  IDS,
  RANDOM,
  rejected,
  Rejection,
  TIMERS,
  Unavailable,
  type Clock,
  type Ids,
  type Random,
  type Timers,
} from '@kari/kernel';
import { INSTALLATIONS, type Installations } from '@kari/extension/contract';
import { SANDBOXES, type Sandboxes } from '@kari/sandbox/contract';
import type {
  CataloguePlugin,
  PluginCall,
  PluginChain,
  PluginOrchestrator,
  PluginResult,
  PluginRun,
  PluginRunResult,
} from '../contract.js';
import { openChain, type Chain } from './chain.js';
import { catalogued, choiceFor, providedBy, providersOf, type ProvidedPlugin } from './plugin-catalogue.rules.js';
import { checkedFailure, checkInput, checkOutput, named } from './plugin-contract.js';
import { attemptsOf, backoff, mayFallBack, mayPass } from './plugin-policy.rules.js';
import { parseReference } from './plugin-reference.rules.js';
import { resolve, type Permission } from './plugin-resolution.rules.js';
import { checkRun } from './plugin-steps.rules.js';
import { runSteps } from './step-runner.js';

const DEPTH_LIMIT = 8;
const DEADLINE_MS = 30_000;
const LONGEST_DEADLINE_MS = 900_000;
const STRIKES_TOGETHER_MS = 50;

export type OneCall = Omit<PluginCall, 'deadlineMs' | 'signal'>;

@Injectable()
export class SandboxedPlugins implements PluginOrchestrator {
  constructor(
    @Inject(INSTALLATIONS) private readonly installations: Installations,
    @Inject(SANDBOXES) private readonly sandboxes: Sandboxes,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(TIMERS) private readonly timers: Timers,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  catalogue(tenant: string, intent?: string): readonly CataloguePlugin[] {
    const installations = this.installations.ofTenant(tenant);
    return (intent === undefined ? providedBy(installations) : providersOf(intent, installations)).map(catalogued);
  }

  async call(call: PluginCall, permission: Permission | null = null): Promise<PluginResult> {
    const chain = this.open(call, call.plugin);
    try {
      return await this.callIn(chain, call, permission);
    } finally {
      chain.close();
    }
  }

  async run(run: PluginRun): Promise<PluginRunResult> {
    checkRun(run);
    const chain = this.open(run, run.steps.map(({ plugin }) => plugin).join(', '));
    const started = this.clock.monotonic();
    try {
      const key = run.idempotencyKey;
      const outcome = await runSteps(run, chain, (branch, step, input) =>
        this.callIn(
          branch,
          { ...shared(run), ...step, input, ...(key === undefined ? {} : { idempotencyKey: derivedId(key, step.id) }) },
          null,
        ),
      );
      return { ...outcome, milliseconds: this.since(started) };
    } finally {
      chain.close();
    }
  }

  private open(of: PluginChain, plugin: string): Chain {
    const deadlineMs = Math.min(of.deadlineMs ?? DEADLINE_MS, LONGEST_DEADLINE_MS);
    return openChain(this.clock, this.timers, { plugin, deadlineMs, ...(of.signal === undefined ? {} : { signal: of.signal }) });
  }

  private async callIn(chain: Chain, call: OneCall, permission: Permission | null): Promise<PluginResult> {
    const depth = call.depth ?? 0;
    if (depth > DEPTH_LIMIT) throw rejected('PLUGIN_DEPTH_EXCEEDED', { plugin: call.plugin, depth, limit: DEPTH_LIMIT });
    const started = this.clock.monotonic();
    try {
      return await this.attempt(chain, call, permission);
    } catch (error) {
      const { fallback } = call;
      if (!(error instanceof Rejection) || fallback === undefined || !mayFallBack(error)) throw error;
      const before = attemptsIn(error);
      if (!('plugin' in fallback)) {
        const fixed = { output: fallback.value, extension: '', version: '', contract: '', attempts: before };
        return { ...fixed, milliseconds: this.since(started), fellBackFrom: error.code };
      }
      const { fallback: _used, retry: _retry, ...plain } = call;
      const result = await this.attempt(chain, { ...plain, plugin: fallback.plugin }, permission);
      return { ...result, attempts: before + result.attempts, milliseconds: this.since(started), fellBackFrom: error.code };
    }
  }

  private async attempt(chain: Chain, call: OneCall, permission: Permission | null): Promise<PluginResult> {
    const reference = parseReference(call.plugin);
    const plugin = resolve(reference, choiceFor(reference.intent, this.installations.ofTenant(call.tenant)), permission);
    checkInput(plugin, call.input);
    const attempts = attemptsOf(call.retry, named(plugin), plugin.contract, call.idempotencyKey !== undefined);
    const idempotencyKey = this.keyOf(call, plugin);
    const started = this.clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const output = await this.invoke(chain, call, plugin, idempotencyKey);
        const { extension, extensionVersion: version } = plugin;
        return {
          output,
          extension,
          version,
          contract: named(plugin),
          milliseconds: this.since(started),
          attempts: attempt,
          fellBackFrom: null,
        };
      } catch (error) {
        const failure = counted(asRejection(plugin, error), attempt);
        const { retry } = call;
        if (retry === undefined || attempt >= attempts || !mayPass(failure, plugin.contract)) throw failure;
        const pause = backoff(retry, attempt, this.random.next());
        // Waiting past the deadline would only turn the real reason into another one.
        if (pause >= chain.remaining()) throw failure;
        await chain.within(this.timers.sleep(pause, chain.signal));
      }
    }
  }

  private async invoke(chain: Chain, call: OneCall, plugin: ProvidedPlugin, idempotencyKey: string): Promise<unknown> {
    const own = chain.branch();
    const left = chain.remaining();
    const timeout = Math.min(call.timeoutMs ?? left, left);
    const late = () => rejected('PLUGIN_TIMEOUT', { plugin: named(plugin), milliseconds: timeout });
    const timer = call.timeoutMs !== undefined && timeout < left ? this.timers.after(timeout, () => own.cancel(TIMED_OUT)) : null;
    try {
      const answer = this.sandboxes.invoke({
        tenant: call.tenant,
        extension: plugin.extension,
        handler: `plugin:${plugin.intent}`,
        input: call.input,
        context: {
          correlationId: call.correlationId,
          actor: call.caller,
          idempotencyKey,
          ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
        },
        deadlineMs: timeout,
        signal: own.signal,
        depth: call.depth ?? 0,
      });
      const output = (await own.within(answer)) ?? null;
      checkOutput(plugin, output);
      return output;
    } catch (error) {
      // Whoever ended it knows why; the sandbox only knows that it was ended.
      if (chain.signal.aborted) throw chain.signal.reason;
      if (own.signal.aborted) throw late();
      // The sandbox counts the same time: whichever of the two clocks strikes first, the caller is told one thing.
      if (error instanceof Rejection && error.code === 'SANDBOX_DEADLINE') {
        if (timeout < left) throw late();
        if (chain.remaining() <= STRIKES_TOGETHER_MS) throw chain.overdue();
      }
      throw error;
    } finally {
      timer?.cancel();
      own.close();
    }
  }

  /** Another caller's key must never name the same effect, so the key is made the caller's own. */
  private keyOf(call: OneCall, plugin: ProvidedPlugin): string {
    const { tenant, caller, idempotencyKey } = call;
    if (idempotencyKey === undefined) return this.ids.next();
    return derivedId('plugin-call', tenant, caller.kind, caller.id, plugin.extension, plugin.intent, idempotencyKey);
  }

  private since(started: number): number {
    return Math.round((this.clock.monotonic() - started) * 1000) / 1000;
  }
}

const TIMED_OUT = 'its own time is over';

function shared(run: PluginRun): Omit<OneCall, 'plugin' | 'input'> {
  const { tenant, caller, correlationId, traceparent, depth } = run;
  return {
    tenant,
    caller,
    correlationId,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(depth === undefined ? {} : { depth }),
  };
}

function asRejection(plugin: ProvidedPlugin, error: unknown): Rejection {
  if (error instanceof Rejection) return checkedFailure(plugin, error);
  if (error instanceof Unavailable) return rejected('REQUEST_UNAVAILABLE', { reason: error.reason });
  throw error;
}

const attemptsOfFailure = new WeakMap<Rejection, number>();

function counted(failure: Rejection, attempts: number): Rejection {
  attemptsOfFailure.set(failure, attempts);
  return failure;
}

function attemptsIn(failure: Rejection): number {
  return attemptsOfFailure.get(failure) ?? 0;
}
