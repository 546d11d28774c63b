// Plays a whole replay: the same recording and document give the same facts, so that whoever takes a replay over computes them again and
// goes on where the log ends.
import { advance, type Stimulus } from '../run/interpreter.rules.js';
import type { Machine } from '../run/interpreter/machine.rules.js';
import type { RunEvent } from '../run/run.events.js';
import { evolveRun, initialRun, type RunState } from '../run/run-state.rules.js';
import { isStep, outcomeOf, type Recording } from './recording.rules.js';
import {
  afterCue,
  afterFact,
  atStart,
  divergedReport,
  divergenceError,
  migrationDue,
  nextOf,
  reportOf,
  type Cursor,
} from './replay.rules.js';

export interface ReplayParts {
  readonly recording: Recording;
  readonly machine: Omit<Machine, 'answers' | 'now' | 'chance' | 'shownAs'>;
  /** Decides with whatever answers it needs. */
  readonly deciding: (decide: (answers: Machine['answers']) => readonly RunEvent[]) => Promise<readonly RunEvent[]>;
}

/** Chance has no say in a replay: when a retry was due is told by the recording. */
const EVEN = 0.5;

/** Everything that follows on the start of the replay, its report and its end included. */
export async function playReplay({ recording, machine, deciding }: ReplayParts, start: RunEvent): Promise<readonly RunEvent[]> {
  const facts: RunEvent[] = [];
  let state: RunState = evolveRun(initialRun, start);
  let cursor: Cursor = atStart;
  let now = recording.start.startedAt;
  let { document } = machine;
  const follow = async (stimulus: Stimulus): Promise<readonly RunEvent[]> => {
    const given = { ...machine, document, now, chance: EVEN, shownAs: recording.run };
    const current = state;
    return deciding((answers) => advance({ ...given, answers }, current, stimulus));
  };
  const take = (fact: RunEvent): void => {
    const before = state;
    state = evolveRun(state, fact);
    cursor = afterFact(cursor, fact, before, state);
    facts.push(fact);
    if (fact.type === 'RunMigrated') document = recording.documents.get(fact.data.version) ?? document;
  };
  /** What would follow next follows in the version that the run was moved to just then. */
  const moved = (fact: RunEvent): boolean => {
    const index = isStep(fact) ? migrationDue(recording, cursor) : null;
    const cue = index === null ? undefined : recording.cues[index];
    if (index === null || cue?.kind !== 'migrate') return false;
    cursor = afterCue(cursor, index, cue);
    take({ type: 'RunMigrated', data: cue.migrated });
    return true;
  };
  /** Follows until nothing follows any more: one append of the engine holds only so much. */
  const settle = async (stimulus: Stimulus): Promise<void> => {
    for (let next = await follow(stimulus); next.length > 0; next = await follow({ kind: 'begin' })) {
      for (const fact of next) {
        if (moved(fact)) break;
        take(fact);
      }
    }
  };

  await settle({ kind: 'begin' });
  for (;;) {
    const next = nextOf(recording, document, cursor, state);
    if (next.kind === 'over') break;
    if (next.kind === 'diverged') {
      const error = divergenceError(next.divergence);
      take(divergedReport(recording, cursor, next.divergence));
      await settle({ kind: 'begin' });
      return facts.map((fact) => (fact.type === 'RunFailed' && fact === facts.at(-1) ? { type: 'RunFailed', data: { error } } : fact));
    }
    if (next.kind === 'cue') {
      now = next.at;
      cursor = afterCue(cursor, next.index, recording.cues[next.index]);
    }
    await settle(next.stimulus);
  }
  const last = facts.at(-1);
  const outcome = last === undefined ? null : outcomeOf(last);
  return last === undefined || outcome === null ? facts : [...facts.slice(0, -1), reportOf(recording, cursor, outcome), last];
}
