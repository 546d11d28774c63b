// Names everything of a run that its migration is judged by: what was judged is what is moved, or nothing is.
import { derivedId } from '@kari/kernel';
import type { RunState } from '../run/run-state.rules.js';

export function seenAs({ status, start, migrations, context, exportedBy, tasks, undo }: RunState): string {
  const seen = { status, start, migrations, context, exportedBy, tasks: [...tasks.values()], undo };
  return derivedId('run as it is', JSON.stringify(seen));
}
