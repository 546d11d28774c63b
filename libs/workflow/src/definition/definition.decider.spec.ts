import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { WorkflowCommand } from './definition.commands.js';
import { MOST_VERSIONS, workflowDecider } from './definition.decider.js';
import type { WorkflowEvent } from './definition.events.js';

const { given } = specify(
  workflowDecider((_tenant, _owner, needs) => (needs.some(({ call }) => call === 'gone.plugin@1') ? 'it is gone' : null)),
);
const version = (hash: string, call = 'text.repeat@1', owner: string | null = null) => ({
  workflow: 'digest',
  document: '{}',
  hash: hash.repeat(64),
  title: 'Digest',
  needs: [{ pointer: '/do/0/a/call', call }],
  owner,
});
const problem = { code: 'WORKFLOW_DOCUMENT_SHAPE', pointer: '/do', line: 1, column: 1, reason: 'r', fix: 'f' };
const save = (
  hash: string,
  expectedVersion: number | null = null,
  owner: string | null = null,
  problems: (typeof problem)[] = [],
): WorkflowCommand => ({
  type: 'SaveWorkflow',
  data: { ...version(hash, 'text.repeat@1', owner), expectedVersion, problems },
});
const saved = (hash: string, number: number, call?: string, owner: string | null = null): WorkflowEvent => ({
  type: 'WorkflowSaved',
  data: { ...version(hash, call, owner), version: number },
});
const activate = (number: number): WorkflowCommand => ({ type: 'ActivateWorkflow', data: { workflow: 'digest', version: number } });
const activated = (number: number): WorkflowEvent => ({ type: 'WorkflowActivated', data: { workflow: 'digest', version: number } });
const deactivate: WorkflowCommand = { type: 'DeactivateWorkflow', data: { workflow: 'digest' } };
const remove = (runs = 0, owner: string | null = null): WorkflowCommand => ({
  type: 'DeleteWorkflow',
  data: { workflow: 'digest', runs, owner },
});
const deleted: WorkflowEvent = { type: 'WorkflowDeleted', data: { workflow: 'digest' } };

describe('a workflow', () => {
  it('is blocked and free again once for each change of the reason', () => {
    const block = (reason: string): WorkflowCommand => ({ type: 'BlockWorkflow', data: { workflow: 'digest', version: 1, reason } });
    const blocked = (reason: string): WorkflowEvent => ({ type: 'WorkflowBlocked', data: { workflow: 'digest', version: 1, reason } });
    const free: WorkflowCommand = { type: 'UnblockWorkflow', data: { workflow: 'digest', version: 1 } };
    const freed: WorkflowEvent = { type: 'WorkflowUnblocked', data: { workflow: 'digest', version: 1 } };
    given([saved('a', 1)])
      .when(block('gone'))
      .then([blocked('gone')]);
    given([saved('a', 1), blocked('gone')])
      .when(block('gone'))
      .thenNothing();
    given([saved('a', 1), blocked('gone')])
      .when(block('off'))
      .then([blocked('off')]);
    given([saved('a', 1), blocked('gone')])
      .when(free)
      .then([freed]);
    given([saved('a', 1)])
      .when(free)
      .thenNothing();
    given([saved('a', 1), blocked('gone'), freed, deleted])
      .when(block('gone'))
      .thenNothing();
  });

  it('is saved version by version; the same document again changes nothing', () => {
    given([])
      .when(save('a'))
      .then([saved('a', 1)]);
    given([saved('a', 1)])
      .when(save('a'))
      .thenNothing();
    given([saved('a', 1)])
      .when(save('b', 1))
      .then([saved('b', 2)]);
    given([saved('a', 1), saved('b', 2)])
      .when(save('a', 2))
      .then([saved('a', 3)]);
  });

  it('is not saved with a problem in it', () => {
    given([])
      .when(save('a', null, null, [problem]))
      .thenRejected('WORKFLOW_INVALID');
  });

  it('is not saved over what its author has not seen', () => {
    given([saved('a', 1), saved('b', 2)])
      .when(save('c', 1))
      .thenRejected('WORKFLOW_VERSION_CONFLICT');
    given([saved('a', 1)])
      .when(save('c', 0))
      .thenRejected('WORKFLOW_VERSION_CONFLICT');
    given([]).when(save('a', 1)).thenRejected('WORKFLOW_VERSION_CONFLICT');
    given([])
      .when(save('a', 0))
      .then([saved('a', 1)]);
  });

  it('has one active version or none', () => {
    given([saved('a', 1)])
      .when(activate(1))
      .then([activated(1)]);
    given([saved('a', 1), activated(1)])
      .when(activate(1))
      .thenNothing();
    given([saved('a', 1), activated(1), saved('b', 2)])
      .when(activate(2))
      .then([activated(2)]);
    given([saved('a', 1)])
      .when(activate(2))
      .thenRejected('WORKFLOW_VERSION_NOT_FOUND');
    given([]).when(activate(1)).thenRejected('WORKFLOW_NOT_FOUND');
    given([saved('a', 1), activated(1)])
      .when(deactivate)
      .then([{ type: 'WorkflowDeactivated', data: { workflow: 'digest', version: 1 } }]);
    given([saved('a', 1)])
      .when(deactivate)
      .thenNothing();
    given([]).when(deactivate).thenRejected('WORKFLOW_NOT_FOUND');
  });

  it('is not activated while something it needs is missing', () => {
    given([saved('a', 1, 'gone.plugin@1')])
      .when(activate(1))
      .thenRejected('WORKFLOW_BLOCKED');
  });

  it('is deleted when no run needs it; its numbers are not given again', () => {
    given([saved('a', 1)])
      .when(remove(2))
      .thenRejected('WORKFLOW_IN_USE');
    given([saved('a', 1), activated(1)])
      .when(remove())
      .then([deleted]);
    given([saved('a', 1), deleted])
      .when(remove())
      .thenRejected('WORKFLOW_NOT_FOUND');
    given([saved('a', 1), deleted])
      .when(activate(1))
      .thenRejected('WORKFLOW_NOT_FOUND');
    given([saved('a', 1), deleted])
      .when(save('a', 0))
      .then([saved('a', 2)]);
  });

  it('of an extension is changed and deleted by that extension alone', () => {
    const owned = saved('a', 1, undefined, 'acme.notes');
    given([owned]).when(save('b')).thenRejected('WORKFLOW_OWNED');
    given([owned]).when(remove()).thenRejected('WORKFLOW_OWNED');
    given([owned])
      .when(save('b', null, 'acme.notes'))
      .then([saved('b', 2, undefined, 'acme.notes')]);
    given([owned]).when(remove(0, 'acme.notes')).then([deleted]);
    given([saved('a', 1)])
      .when(save('b', null, 'acme.notes'))
      .thenRejected('WORKFLOW_OWNED');
  });

  it('has a limit of versions', () => {
    const many = Array.from({ length: MOST_VERSIONS }, (_, index) => saved(index % 2 === 0 ? 'a' : 'b', index + 1));
    given(many).when(save('c')).thenRejected('WORKFLOW_VERSIONS_FULL');
  });
});
