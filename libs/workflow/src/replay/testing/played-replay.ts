// A run played by hand, then replayed: against its own document or another.
import type { WorkflowDocument } from '../../definition/document.js';
import type { RunEvent, RunEventOf } from '../../run/run.events.js';
import type { PlayingRun } from '../../run/testing/playing-run.js';
import { quick, RUN, startedWith } from '../../run/testing/playing-run.js';
import { recordedAppends } from '../../run/testing/recorded-facts.js';
import { recordingOf, type Recording } from '../recording.rules.js';
import { playReplay } from '../replay-player.js';

const REPLAY = '00000000-0000-7000-8000-0000000000bb';

export interface PlayedReplay {
  readonly facts: readonly RunEvent[];
  readonly report: RunEventOf<'RunReplayed'>['data'];
  readonly end: RunEvent;
}

export function recorded(document: WorkflowDocument, run: PlayingRun, documents: Recording['documents'] = new Map()): Recording {
  const recording = recordingOf(RUN, document, recordedAppends(run.appends), documents);
  if (recording === null) throw new Error('its beginning is not there');
  return recording;
}

export async function replayed(
  document: WorkflowDocument,
  run: PlayingRun,
  other: WorkflowDocument = document,
  documents: Recording['documents'] = new Map(),
): Promise<PlayedReplay> {
  const recording = recorded(document, run, documents);
  const facts = await playReplay(
    {
      recording,
      machine: {
        run: REPLAY,
        document: other,
        schemaFault: (schema, value) => ((schema as { type?: string }).type === typeof value ? null : `is a ${typeof value}`),
      },
      deciding: (decide) => Promise.resolve(decide({ value: quick })),
    },
    startedWith(recording.start.input, { kind: 'replay', replayOf: RUN }),
  );
  const report = facts.at(-2);
  if (report?.type !== 'RunReplayed') throw new Error(`no report: ${facts.map(({ type }) => type).join()}`);
  return { facts, report: report.data, end: facts.at(-1)! };
}
