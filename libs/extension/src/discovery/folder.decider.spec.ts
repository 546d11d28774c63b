import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { FolderCommand } from './folder.commands.js';
import { folderDecider } from './folder.decider.js';
import type { FolderEvent, PackageProblem } from './folder.events.js';

const { given } = specify(folderDecider);
const folder = 'extensions/acme.notes';
const problem: PackageProblem = {
  code: 'PACKAGE_MANIFEST_SHAPE',
  file: 'extension.json',
  pointer: '/version',
  line: 4,
  column: 3,
  reason: 'it is not a version',
  fix: 'Write it as 1.0.0.',
};
const reject = (errors = [problem]): FolderCommand => ({ type: 'RejectPackage', data: { folder, extension: 'acme.notes', errors } });
const clear: FolderCommand = { type: 'ClearPackageRejection', data: { folder, because: 'fixed' } };
const rejectedFolder: FolderEvent = { type: 'PackageRejected', data: { folder, extension: 'acme.notes', errors: [problem] } };
const cleared: FolderEvent = { type: 'PackageRejectionCleared', data: { folder, because: 'fixed' } };

describe('a folder', () => {
  it('is rejected with what is wrong', () => given([]).when(reject()).then([rejectedFolder]));
  it('is not news while the same is wrong', () => given([rejectedFolder]).when(reject()).thenNothing());
  it('is news when something else is wrong', () => {
    const other = [{ ...problem, line: 5 }];
    given([rejectedFolder])
      .when(reject(other))
      .then([{ type: 'PackageRejected', data: { folder, extension: 'acme.notes', errors: other } }]);
  });
  it('is cleared once', () => {
    given([rejectedFolder]).when(clear).then([cleared]);
    given([rejectedFolder, cleared]).when(clear).thenNothing();
    given([]).when(clear).thenNothing();
  });
});
