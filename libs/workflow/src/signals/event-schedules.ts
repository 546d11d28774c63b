// Which events start a workflow by its own `schedule.on`.
import { Inject, Injectable } from '@nestjs/common';
import { own, Rejection } from '@kari/kernel';
import type { WorkflowTriggers } from '../contract.js';
import type { EventFilter } from '../definition/document.js';
import { EVALUATOR, isRuntimeExpression, type Evaluator } from '../expression/evaluator.js';
import { SharedExpressions } from '../expression/shared-expressions.js';
import { RUN_DEFINITIONS, type RunDefinitions } from '../run/run-definitions.js';
import { startingFilters } from './event-schedule.rules.js';
import { correlationWith, EventAnswers } from './listener-judge.js';
import { wordOf, type AwaitedFilter, type SignalDocument } from './listener.rules.js';

@Injectable()
export class EventSchedules implements WorkflowTriggers {
  constructor(
    @Inject(RUN_DEFINITIONS) private readonly definitions: RunDefinitions,
    private readonly expressions: SharedExpressions,
    @Inject(EVALUATOR) private readonly evaluator: Evaluator,
  ) {}

  async types(tenant: string, workflow: string, version: number): Promise<readonly string[]> {
    const filters = await this.filters(tenant, workflow, version);
    const types = filters.map((filter) => filter.with.type ?? '');
    return [...new Set(types.map((type) => (isRuntimeExpression(type) ? '' : type)))];
  }

  async answers(tenant: string, workflow: string, version: number, event: SignalDocument): Promise<boolean> {
    const answers = new EventAnswers(this.evaluator, event);
    for (const filter of await this.filters(tenant, workflow, version)) {
      if (await this.passes(filter, answers)) return true;
    }
    return false;
  }

  private async filters(tenant: string, workflow: string, version: number): Promise<readonly EventFilter[]> {
    const document = await this.definitions.document(tenant, workflow, String(version));
    return document === null ? [] : startingFilters(document);
  }

  /** No run is there whose values an expression could name: it is asked of nothing. One that fails says no. */
  private async passes({ with: { data, ...attributes }, correlate = {} }: EventFilter, answers: EventAnswers): Promise<boolean> {
    try {
      const wanted = (await this.expressions.fill(attributes, null)) as Record<string, unknown>;
      for (const [name, value] of Object.entries(wanted)) {
        const given = own(answers.event, name);
        if (given === undefined || wordOf(given) !== wordOf(value)) return false;
      }
      const expected = (await this.expressions.fill(correlate, null, ['from'])) as NonNullable<AwaitedFilter['correlate']>;
      return (await correlationWith({ with: data === undefined ? {} : { data }, correlate: expected }, answers)) !== null;
    } catch (error) {
      if (error instanceof Rejection) return false;
      throw error;
    }
  }
}
