// Moves runs from the version that they go by to another one of their workflow: judged by their own history, then moved as they were judged.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  EVENT_STORE,
  rejected,
  Rejection,
  type CommandBus,
  type CommandOutcome,
  type EventStore,
  type RequestContext,
} from '@kari/kernel';
import { reasonOf } from '../definition/blocking.js';
import type { WorkflowDocument } from '../definition/document.js';
import { runStream } from '../run/engine-parts.js';
import { RUN_DEFINITIONS, type RunDefinition, type RunDefinitions } from '../run/run-definitions.js';
import type { RunEvent } from '../run/run.events.js';
import { evolveRun, initialRun, isOver, type RunState } from '../run/run-state.rules.js';
import { schemaFault } from '../run/schema-fault.js';
import { unsupportedIn } from '../run/unsupported.rules.js';
import { movesBetween, placesGiven, type GivenMapping, type PlaceMapping } from './mapping.rules.js';
import { judgeMigration, type MigrationVerdict } from './migration.rules.js';
import { seenAs } from './seen-state.rules.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A run that goes on while it is judged is judged again. */
const TRIES = 5;
const READ_AT_ONCE = 16;

export interface MigrationWish {
  /** A saved version: its number, or `<number>@<hash>`. */
  readonly version: string;
  readonly mapping: readonly GivenMapping[];
}

export interface MigrationForeseen {
  readonly run: string;
  /** That it goes by now. */
  readonly from: string;
  /** Null: it would be moved. */
  readonly refusal: { readonly code: string; readonly facts: Readonly<Record<string, unknown>> } | null;
  readonly verdict: MigrationVerdict | null;
}

interface Judged {
  readonly from: string;
  readonly version: string;
  readonly places: PlaceMapping;
  readonly moves: Readonly<Record<string, string | null>>;
  readonly seen: string;
  readonly verdict: MigrationVerdict;
}

@Injectable()
export class RunMigrations {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(RUN_DEFINITIONS) private readonly definitions: RunDefinitions,
  ) {}

  /** Throws `Rejection`: why not is answered by the command, so that whoever asks is authorised and recorded first. */
  async migrate(run: string, wish: MigrationWish, context: RequestContext): Promise<CommandOutcome<RunState>> {
    for (let tries = 1; ; tries += 1) {
      const data = await this.asked(run, wish, context.tenant);
      try {
        return await this.bus.send<RunState>({ type: 'MigrateRun', data }, context);
      } catch (error) {
        const overtaken = error instanceof Rejection && error.code === 'WORKFLOW_MIGRATION_OVERTAKEN';
        if (!overtaken || tries === TRIES) throw error;
      }
    }
  }

  /** What would become of each, as of now; nothing is done. Throws `Rejection` when no run can begin to go by that version. */
  async foresee(
    { tenant, workflow, runs }: { readonly tenant: string; readonly workflow: string; readonly runs: readonly string[] },
    wish: MigrationWish,
  ): Promise<readonly MigrationForeseen[]> {
    await this.target(tenant, workflow, wish.version);
    const foreseen: MigrationForeseen[] = [];
    for (let at = 0; at < runs.length; at += READ_AT_ONCE)
      foreseen.push(...(await Promise.all(runs.slice(at, at + READ_AT_ONCE).map((run) => this.foreseen(tenant, run, wish)))));
    return foreseen;
  }

  private async foreseen(tenant: string, run: string, wish: MigrationWish): Promise<MigrationForeseen> {
    const state = await this.stateOf(tenant, run);
    const from = state.start?.workflow.version ?? '';
    try {
      const judged = await this.judged(tenant, run, state, wish);
      return { run, from, refusal: refusalOf(run, judged), verdict: judged.verdict };
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return { run, from, refusal: { code: error.code, facts: error.facts }, verdict: null };
    }
  }

  private async asked(run: string, wish: MigrationWish, tenant: string) {
    const nothing = { run, version: wish.version, mapping: [], seen: '', moves: {}, anew: [] };
    // What has not the form of an id is refused as every command's is.
    if (!UUID.test(run)) return nothing;
    try {
      const judged = await this.judged(tenant, run, await this.stateOf(tenant, run), wish);
      const impossible = refusalOf(run, judged);
      const { version, places, moves, seen, verdict } = judged;
      return {
        run,
        version,
        mapping: places.map((entry) => ({ ...entry })),
        seen,
        moves,
        anew: [...verdict.anew],
        ...(impossible === null ? {} : { impossible }),
      };
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return { ...nothing, impossible: { code: error.code, facts: error.facts } };
    }
  }

  private async judged(tenant: string, run: string, state: RunState, { version, mapping }: MigrationWish): Promise<Judged> {
    const { start } = state;
    if (start === null) throw rejected('WORKFLOW_RUN_UNKNOWN', { run });
    if (start.kind === 'replay') throw rejected('WORKFLOW_RUN_IS_REPLAY', { run });
    if (isOver(state)) throw rejected('WORKFLOW_RUN_CLOSED', { run, status: state.status });
    const { id, version: from } = start.workflow;
    const target = await this.target(tenant, id, version);
    // Asked again, and done already: there is nothing left that a mapping could name.
    if (from === target.version) return { from, version: from, places: [], moves: {}, seen: seenAs(state), verdict: NOTHING };
    const before = await this.definitions.document(tenant, id, from);
    if (before === null) throw rejected('WORKFLOW_VERSION_GONE', { workflow: id, version: from });
    const versions: { readonly from: WorkflowDocument; readonly to: WorkflowDocument } = { from: before, to: target.document };
    const places = placesGiven(versions, mapping);
    const moves = movesBetween(versions, places);
    const verdict = judgeMigration(state, { ...versions, moves, schemaFault });
    return { from, version: target.version, places, moves, seen: seenAs(state), verdict };
  }

  /** One that runs may begin to go by. */
  private async target(tenant: string, workflow: string, version: string): Promise<RunDefinition> {
    const target = await this.definitions.saved(tenant, workflow, version);
    if (target === null) throw rejected('WORKFLOW_UNKNOWN', { workflow, version });
    const [unsupported] = unsupportedIn(target.document);
    if (unsupported !== undefined) throw rejected('WORKFLOW_CONSTRUCT_UNSUPPORTED', { ...unsupported });
    const [lack] = await this.definitions.lacks(tenant, workflow, target.version);
    if (lack !== undefined) throw rejected('WORKFLOW_BLOCKED', { workflow, version: target.version, reason: reasonOf(lack) });
    return target;
  }

  private async stateOf(tenant: string, run: string): Promise<RunState> {
    let state = initialRun;
    for await (const event of this.store.readStream(runStream(tenant, run))) state = evolveRun(state, event as unknown as RunEvent);
    return state;
  }
}

const NOTHING: MigrationVerdict = { obstacles: [], open: [], anew: [] };

function refusalOf(run: string, { version, verdict }: Judged): MigrationForeseen['refusal'] {
  const { obstacles } = verdict;
  if (obstacles.length === 0) return null;
  const places = obstacles.map(({ place, reason }) => `${place}: ${reason}`).join('; ');
  return { code: 'WORKFLOW_MIGRATION_IMPOSSIBLE', facts: { run, version, places: places.slice(0, 4_000) } };
}
