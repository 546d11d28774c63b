// Finds what a replay needs: the history of the run that it repeats, and the document that run went by.
import { rejected, Rejection, type EventStore, type RecordedEvent } from '@kari/kernel';
import type { WorkflowDocument } from '../definition/document.js';
import { runStream, type EngineParts } from '../run/engine-parts.js';
import { errorOf } from '../run/run-error.rules.js';
import type { RunEvent, RunEventOf } from '../run/run.events.js';
import { deciding, type Answers } from '../run/task-values.rules.js';
import { playReplay } from './replay-player.js';
import { recordingOf, type Recording } from './recording.rules.js';

interface ReplayedRun {
  readonly tenant: string;
  readonly run: string;
  readonly start: RunEventOf<'RunStarted'>['data'];
  /** That it goes by, of the version that was asked for. */
  readonly document: WorkflowDocument;
  readonly documentOf: DocumentOf;
}

/** All that follows on the start of a replay. What it repeats may have gone since it was asked for: then it fails, and says so. */
export async function factsOfReplay(
  parts: EngineParts,
  { tenant, run, start, document, documentOf }: ReplayedRun,
): Promise<readonly RunEvent[]> {
  const { store, evaluator } = parts;
  try {
    const recording = await recordedRun(store, tenant, start.replayOf ?? '', documentOf);
    // A replay that is taken over after it was moved begins again with what it began with.
    const begun = recording.documents.size === 0 ? document : await documentOf(recording.start.workflow);
    if (begun === null) throw gone(recording.start.workflow);
    const machine = { run, document: begun, schemaFault: (schema: unknown, value: unknown) => parts.schemaFault(schema, value) };
    const decide = (decision: (answers: Answers) => readonly RunEvent[]) =>
      deciding((program, input, variables) => evaluator.evaluate(program, input, variables), decision);
    const { workflow, pins } = recording.start;
    const first = recording.documents.size === 0 ? start : { ...start, workflow, ...(pins === undefined ? {} : { pins }) };
    return await playReplay({ recording, machine, deciding: decide }, { type: 'RunStarted', data: first });
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return [{ type: 'RunFailed', data: { error: errorOf(error) } }];
  }
}

type DocumentOf = (workflow: { readonly id: string; readonly version: string }) => Promise<WorkflowDocument | null>;

/** Throws `Rejection` for a run that is not there, goes on, is a replay itself, or of which only its summary is left. */
export async function recordedRun(store: EventStore, tenant: string, run: string, documentOf: DocumentOf): Promise<Recording> {
  const history: RecordedEvent[] = [];
  for await (const event of store.readStream(runStream(tenant, run))) history.push(event);
  const [first] = history as readonly (RecordedEvent & RunEvent)[];
  if (first === undefined) throw rejected('WORKFLOW_RUN_UNKNOWN', { run });
  if (first.type !== 'RunStarted') throw rejected('WORKFLOW_HISTORY_GONE', { run });
  const start: RunEventOf<'RunStarted'>['data'] = first.data;
  if (start.kind === 'replay') throw rejected('WORKFLOW_REPLAY_OF_REPLAY', { run, of: start.replayOf });
  const document = await documentOf(start.workflow);
  if (document === null) throw gone(start.workflow);
  const recording = recordingOf(run, document, history, await documentsAfter(start.workflow.id, history, documentOf))!;
  if (recording.outcome === null) throw rejected('WORKFLOW_RUN_OPEN', { run });
  return recording;
}

async function documentsAfter(
  id: string,
  history: readonly RecordedEvent[],
  documentOf: DocumentOf,
): Promise<ReadonlyMap<string, WorkflowDocument>> {
  const documents = new Map<string, WorkflowDocument>();
  for (const fact of history as readonly (RecordedEvent & RunEvent)[]) {
    if (fact.type !== 'RunMigrated') continue;
    const { version } = fact.data;
    const document = await documentOf({ id, version });
    if (document === null) throw gone({ id, version });
    documents.set(version, document);
  }
  return documents;
}

function gone({ id, version }: { readonly id: string; readonly version: string }) {
  return rejected('WORKFLOW_VERSION_GONE', { workflow: id, version });
}
