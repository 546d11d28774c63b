// Open runs that can no longer go on as they are written. What is there is asked of the live snapshot of installations, where a run stands of its own
// history, so that the answer is true when it is given.
import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE, type EventStore, type Position } from '@kari/kernel';
import type { Lack } from '../definition/call.rules.js';
import type { WorkflowDocument } from '../definition/document.js';
import { runStream } from '../run/engine-parts.js';
import { RUN_DEFINITIONS, type RunDefinitions } from '../run/run-definitions.js';
import type { RunEvent } from '../run/run.events.js';
import { OPEN_STATUSES, type RunFilter } from '../run/run.projection.js';
import { RunQueries, type RunVersion } from '../run/run.queries.js';
import type { RunView } from '../run/run.view.js';
import { evolveRun, initialRun, isOver, type RunState } from '../run/run-state.rules.js';
import { unsupportedIn } from '../run/unsupported.rules.js';
import { hindranceOf, type Hindrance } from './stuck.rules.js';

const MOST_RUNS = 1_000;
const READ_AT_ONCE = 16;

export interface StuckRun extends Hindrance {
  readonly run: RunView;
}

export interface StuckFound {
  /** False: there are more; only the newest 1,000 that may be stuck were looked at. */
  readonly exact: boolean;
  /** Newest first. */
  readonly runs: readonly StuckRun[];
}

interface Hindered {
  readonly document: WorkflowDocument | null;
  readonly lacks: readonly Lack[];
}

@Injectable()
export class StuckRuns {
  constructor(
    private readonly queries: RunQueries,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(RUN_DEFINITIONS) private readonly definitions: RunDefinitions,
  ) {}

  async among(tenant: string, filter: RunFilter, waitFor: Position | null): Promise<StuckFound> {
    const statuses = OPEN_STATUSES.filter((status) => filter.statuses.length === 0 || filter.statuses.includes(status));
    if (statuses.length === 0) return { exact: true, runs: [] };
    const open = { ...filter, statuses };
    const hindered = new Map<string, Hindered>();
    const versions: RunVersion[] = [];
    for (const one of await this.queries.versions(tenant, open, waitFor)) {
      const found = await this.hindered(tenant, one);
      if (found === null) continue;
      versions.push(one);
      hindered.set(keyOf(one), found);
    }
    const rows = await this.queries.ofVersions(tenant, versions, open, MOST_RUNS + 1);
    const runs: StuckRun[] = [];
    for (let at = 0; at < Math.min(rows.length, MOST_RUNS); at += READ_AT_ONCE) {
      const some = rows.slice(at, Math.min(at + READ_AT_ONCE, MOST_RUNS));
      runs.push(...(await Promise.all(some.map((run) => this.judged(tenant, run, hindered)))).flat());
    }
    return { exact: rows.length <= MOST_RUNS, runs };
  }

  /** Null: nothing that could keep a run of this version from going on. */
  private async hindered(tenant: string, { workflow, version }: RunVersion): Promise<Hindered | null> {
    const document = await this.definitions.document(tenant, workflow, version);
    const lacks = await this.definitions.lacks(tenant, workflow, version);
    return document !== null && lacks.length === 0 && unsupportedIn(document).length === 0 ? null : { document, lacks };
  }

  /** A replay performs nothing, and needs nothing; a run that has ended or was moved since the view was read goes on, or is over. */
  private async judged(tenant: string, run: RunView, hindered: ReadonlyMap<string, Hindered>): Promise<readonly StuckRun[]> {
    const state = await this.stateOf(tenant, run.id);
    const { start } = state;
    const found = start === null ? undefined : hindered.get(keyOf({ workflow: start.workflow.id, version: start.workflow.version }));
    if (found === undefined || isOver(state)) return [];
    if (start?.kind === 'replay' && found.document !== null) return [];
    const hindrance = hindranceOf(state, found.document, found.lacks);
    return hindrance === null ? [] : [{ run, ...hindrance }];
  }

  private async stateOf(tenant: string, run: string): Promise<RunState> {
    let state = initialRun;
    for await (const event of this.store.readStream(runStream(tenant, run))) state = evolveRun(state, event as unknown as RunEvent);
    return state;
  }
}

function keyOf({ workflow, version }: RunVersion): string {
  return `${workflow} ${version}`;
}
