// W-03: histories that released versions wrote, put to the engine of today: from the same facts and the same thing that became known, the same
// must follow, in the same order. A fact may carry more than it did; it never says anything else.
// A release gets its file with KARI_GOLDEN=write; a file that exists is never rewritten.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { canonicalJson, derivedId } from '@kari/kernel';
import type { WorkflowDocument } from '../../libs/workflow/src/definition/document.js';
import { advance } from '../../libs/workflow/src/run/interpreter.rules.js';
import { runEvents, type RunEvent } from '../../libs/workflow/src/run/run.events.js';
import { evolveRun, initialRun, type RunState } from '../../libs/workflow/src/run/run-state.rules.js';
import { generatedHistories, goldenDocuments, goldenMachine, laterDocuments, laterName, type History } from './generated-histories.js';
import { isSame } from '../../libs/workflow/src/run/testing/same.js';
import { knownFrom, RUN_STATE_VERSION, snapshotOf } from '../../libs/workflow/src/snapshots/run-snapshot.rules.js';
import { root } from './registered-events.js';

const folder = join(root, 'test/golden/histories');
const FIXTURES = 200;
const KINDS = ['call', 'do', 'emit', 'for', 'fork', 'listen', 'raise', 'run', 'set', 'switch', 'try', 'wait', 'approval'];

/** Facts that the interpreter never writes, by who does. */
const WRITTEN_ELSEWHERE: Readonly<Record<string, string>> = {
  RunReplayed: 'a replay',
  RunSummarised: 'the retention',
  RunHistoryGivenUp: 'the retention',
};

interface Release {
  readonly name: string;
  readonly documents: Readonly<Record<string, WorkflowDocument>>;
  readonly histories: readonly History[];
}

const SCHEMAS = new Map(runEvents.map(({ type, schema }) => [type as string, schema]));

describe('W-03 histories of released versions', () => {
  let releases: readonly Release[];
  let histories: readonly History[];
  beforeAll(() => {
    if (process.env['KARI_GOLDEN'] === 'write') writeThisRelease();
    releases = readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz')).map((name) => released(join(folder, name)));
    histories = releases.flatMap((release) => release.histories);
  });

  it(`are ${FIXTURES} or more, with every kind of task and every fact that the interpreter writes`, () => {
    expect(histories.length).toBeGreaterThanOrEqual(FIXTURES);
    const facts = histories.flatMap(factsOf);
    const kinds = new Set(facts.flatMap((fact) => (fact.type === 'TaskScheduled' ? [fact.data.kind] : [])));
    expect(KINDS.filter((kind) => !kinds.has(kind as never))).toEqual([]);
    const types = new Set<string>(facts.map(({ type }) => type));
    expect([...SCHEMAS.keys()].filter((type) => !types.has(type))).toEqual(Object.keys(WRITTEN_ELSEWHERE));
  });

  it('go on today as they went on then', () => {
    const differences = releases.flatMap(({ documents, histories: all }) =>
      all.flatMap((history) => differencesOf(history, documents)),
    );
    expect(differences).toEqual([]);
  });

  it('are the same run from wherever it was kept on', () => {
    const different = histories.filter((history) => !isSameFromEverywhere(factsOf(history)));
    expect(different.map(({ name }) => name)).toEqual([]);
  });

  it('fold into the states that this version of the state is known by', () => {
    const states = Object.fromEntries(releases.map(({ name, histories: all }) => [name, statesOf(all)]));
    const path = join(root, 'test/golden/run-states.json');
    const known = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: number; readonly states: typeof states };
    // What another release kept would be gone on from: a fold that has changed is another version.
    const now = { version: RUN_STATE_VERSION, states };
    const may = now.version === known.version ? { ...now, states: { ...states, ...known.states } } : now;
    if (process.env['KARI_GOLDEN'] === 'write') writeFileSync(path, `${JSON.stringify(may)}\n`);
    expect(now).toEqual(process.env['KARI_GOLDEN'] === 'write' ? may : known);
  });
});

/** Folded from every prefix as it would be kept, with a few facts more: what a snapshot has lost shows in what follows. */
function isSameFromEverywhere(facts: readonly RunEvent[]): boolean {
  const states = facts.reduce<RunState[]>((all, fact) => [...all, evolveRun(all.at(-1) ?? initialRun, fact)], []);
  return states.every((state, index) => {
    const kept = knownFrom(snapshotOf({ state, revision: BigInt(index), event: 'e', correlationId: 'c', traceparent: undefined }));
    if (kept === null || !isSame(kept.state, state)) return false;
    const further = Math.min(states.length - 1, index + 5);
    return isSame(facts.slice(index + 1, further + 1).reduce(evolveRun, kept.state), states[further]);
  });
}

function statesOf(all: readonly History[]): string {
  let states = '';
  for (const history of all) {
    let state = initialRun;
    for (const fact of factsOf(history)) {
      state = evolveRun(state, fact);
      states = derivedId(states, snapshotOf({ state, revision: 0n, event: 'e', correlationId: 'c', traceparent: undefined }).body);
    }
  }
  return states;
}

/** The first difference of a history: what follows it says nothing new. */
function differencesOf({ name, document: called, start, steps }: History, documents: Release['documents']): readonly string[] {
  let document = documents[called]!;
  let state: RunState = evolveRun(initialRun, start);
  for (const [index, step] of steps.entries()) {
    const written = 'wrote' in step ? [step.wrote] : step.facts;
    const unreadable = written.find(({ type, data }) => SCHEMAS.get(type)?.safeParse(data).success !== true);
    if (unreadable !== undefined) return [`${name}, step ${index}: ${unreadable.type} can no longer be read`];
    if ('told' in step) {
      const now = advance(goldenMachine(document, step.at, step.chance), state, step.told);
      const unlike = firstUnlike(step.facts, now);
      if (unlike !== null) return [`${name}, step ${index} (${step.told.kind}): ${unlike}`];
    }
    state = written.reduce(evolveRun, state);
    for (const fact of written) if (fact.type === 'RunMigrated') document = documents[laterName(called, fact.data.version)]!;
  }
  return [];
}

function firstUnlike(then: readonly RunEvent[], now: readonly RunEvent[]): string | null {
  const [was, is] = [then, now].map((facts) => facts.map(({ type, data }) => `${type} ${'task' in data ? String(data.task) : ''}`).join(', '));
  if (was !== is) return `followed then: ${was}; now: ${is}`;
  const index = then.findIndex(({ data }, place) => !holdsAll(now[place]?.data, data));
  return index < 0 ? null : `${then[index]!.type} was ${canonicalJson(then[index]!.data)} and is ${canonicalJson(now[index]!.data)}`;
}

/** Everything of `then` stands in `now`, which may have more fields. */
function holdsAll(now: unknown, then: unknown): boolean {
  if (Array.isArray(then)) return Array.isArray(now) && now.length === then.length && then.every((item, index) => holdsAll(now[index], item));
  if (typeof then !== 'object' || then === null) return now === then;
  if (typeof now !== 'object' || now === null || Array.isArray(now)) return false;
  return Object.entries(then).every(([key, value]) => Object.hasOwn(now, key) && holdsAll((now as Record<string, unknown>)[key], value));
}

function factsOf({ start, steps }: History): readonly RunEvent[] {
  return [start, ...steps.flatMap((step) => ('wrote' in step ? [step.wrote] : step.facts))];
}

function released(path: string): Release {
  const [documents, ...histories] = gunzipSync(readFileSync(path))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return { name: basename(path, '.jsonl.gz'), documents: documents as Release['documents'], histories: histories as readonly History[] };
}

function writeThisRelease(): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const path = join(folder, `${version}.jsonl.gz`);
  if (existsSync(path)) return;
  mkdirSync(folder, { recursive: true });
  const first = [...goldenDocuments()].map(([name, [document]]) => [name, document] as const);
  const documents = Object.fromEntries([...first, ...laterDocuments()]);
  const lines = [documents, ...generatedHistories()].map((line) => JSON.stringify(line));
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
}
