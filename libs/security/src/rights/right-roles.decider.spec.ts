import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { RightRolesCommand } from './right-roles.commands.js';
import { rightRolesDecider } from './right-roles.decider.js';
import type { RightRolesEvent } from './right-roles.events.js';

const extension = 'acme.notes';
const { given } = specify(rightRolesDecider((_tenant, asked) => (asked === extension ? ['note.read', 'note.write'] : [])));
const set = (right: string, ...roles: ('viewer' | 'user' | 'admin')[]): RightRolesCommand => ({
  type: 'SetRightRoles',
  data: { extension, right, roles },
});
const wasSet = (right: string, ...roles: ('viewer' | 'user' | 'admin')[]): RightRolesEvent => ({
  type: 'RightRolesSet',
  data: { extension, right, roles },
});
const reset = (right: string): RightRolesCommand => ({ type: 'ResetRightRoles', data: { extension, right } });
const wasReset: RightRolesEvent = { type: 'RightRolesReset', data: { extension, right: 'note.read' } };
const forget: RightRolesCommand = { type: 'ForgetRightRoles', data: { extension } };
const forgotten: RightRolesEvent = { type: 'RightRolesForgotten', data: { extension } };

describe('roles of a right', () => {
  it('are set once, in the order of the roles', () => {
    given([])
      .when(set('note.read', 'admin', 'viewer', 'admin'))
      .then([wasSet('note.read', 'viewer', 'admin')]);
    given([wasSet('note.read', 'viewer')])
      .when(set('note.read', 'viewer'))
      .thenNothing();
    given([wasSet('note.read', 'viewer')])
      .when(set('note.read'))
      .then([wasSet('note.read')]);
    given([wasSet('note.read')])
      .when(set('note.read'))
      .thenNothing();
  });

  it('are set for rights alone that the installed version declares', () => {
    given([]).when(set('note.burn', 'admin')).thenRejected('SECURITY_RIGHT_UNKNOWN');
    given([]).when(set('constructor', 'admin')).thenRejected('SECURITY_RIGHT_UNKNOWN');
    given([])
      .when({ type: 'SetRightRoles', data: { extension: 'acme.other', right: 'note.read', roles: [] } })
      .thenRejected('SECURITY_RIGHT_UNKNOWN');
  });

  it('are those of the manifest again after a reset', () => {
    given([wasSet('note.read', 'viewer')])
      .when(reset('note.read'))
      .then([wasReset]);
    given([wasSet('note.read', 'viewer'), wasReset])
      .when(reset('note.read'))
      .thenNothing();
    given([wasSet('note.read', 'viewer'), wasReset]).thenState({});
  });

  it('are forgotten with the extension', () => {
    given([wasSet('note.read', 'viewer'), wasSet('note.write')])
      .when(forget)
      .then([forgotten]);
    given([wasSet('note.read', 'viewer'), forgotten])
      .when(forget)
      .thenNothing();
    given([]).when(forget).thenNothing();
  });
});
