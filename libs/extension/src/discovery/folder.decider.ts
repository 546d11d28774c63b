// Decides whether what a scan found wrong with a folder is news.
import { canonicalJson, type Decider } from '@kari/kernel';
import type { FolderCommand } from './folder.commands.js';
import type { FolderEvent, PackageProblem } from './folder.events.js';

export type FolderState =
  | { readonly status: 'sound' }
  | { readonly status: 'rejected'; readonly extension: string | null; readonly errors: readonly PackageProblem[] };

function decide(command: FolderCommand, state: FolderState): readonly FolderEvent[] {
  switch (command.type) {
    case 'RejectPackage': {
      const { extension, errors } = command.data;
      const known = state.status === 'rejected' && canonicalJson([state.extension, state.errors]) === canonicalJson([extension, errors]);
      return known ? [] : [{ type: 'PackageRejected', data: command.data }];
    }
    case 'ClearPackageRejection':
      return state.status === 'rejected' ? [{ type: 'PackageRejectionCleared', data: command.data }] : [];
  }
}

function evolve(_: FolderState, event: FolderEvent): FolderState {
  if (event.type === 'PackageRejectionCleared') return { status: 'sound' };
  return { status: 'rejected', extension: event.data.extension, errors: event.data.errors };
}

export const folderDecider: Decider<FolderCommand, FolderEvent, FolderState> = { decide, evolve, initialState: { status: 'sound' } };
