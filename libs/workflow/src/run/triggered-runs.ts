// Runs that an event starts: one for each key, whatever is asked for under it later.
import { Injectable } from '@nestjs/common';
import { derivedId, Rejection } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { TriggeredRun, TriggeredRuns } from '../contract.js';
import { RunStarts } from './run-starts.js';

@Injectable()
export class StartedByTriggers implements TriggeredRuns {
  constructor(private readonly starts: RunStarts) {}

  async start({ tenant, workflow, input, hops, key, by, correlationId, causationId }: TriggeredRun): Promise<{ readonly run: string }> {
    const run = derivedId('triggered', tenant, key);
    const context = { principal: systemPrincipal(by), tenant, correlationId, causationId, commandId: derivedId('start', run) };
    try {
      await this.starts.start({ run, workflow, version: null, input, hops, idempotencyKey: key }, context);
    } catch (error) {
      // It was started by an earlier try, with what the trigger said then.
      if (!(error instanceof Rejection) || error.code !== 'WORKFLOW_KEY_REUSED') throw error;
    }
    return { run };
  }
}
