import { describe, expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { SecretCommand } from './secret.commands.js';
import { secretDecider } from './secret.decider.js';
import type { SecretEvent } from './secret.events.js';

const extension = 'acme.notes';
const decider = secretDecider((_tenant, id) =>
  id === extension ? { version: '1.0.0', hosts: new Map([['token', ['api.example', 'b.example:8443']]]) } : null,
);
const { given } = specify(decider);
const row = (n: number) => ({ sealed: `00000000-0000-7000-8000-00000000000${n}`, fingerprint: `${n}`.repeat(16) });
const set = (n: number, hosts = ['api.example'], name = 'token', id = extension): SecretCommand => ({
  type: 'SetSecret',
  data: { extension: id, name, hosts, ...row(n) },
});
const wasSet = (n: number, version: number, hosts = ['api.example']): SecretEvent => ({
  type: 'SecretSet',
  data: { extension, name: 'token', version, hosts, ...row(n) },
});
const rotate = (n: number): SecretCommand => ({ type: 'RotateSecret', data: { extension, name: 'token', ...row(n) } });
const wasRotated = (n: number, version: number): SecretEvent => ({
  type: 'SecretRotated',
  data: { extension, name: 'token', version, ...row(n) },
});
const remove: SecretCommand = { type: 'DeleteSecret', data: { extension, name: 'token' } };
const wasDeleted = (version: number): SecretEvent => ({ type: 'SecretDeleted', data: { extension, name: 'token', version } });

describe('secrets', () => {
  it('are set, replaced and bound anew; the same again changes nothing', () => {
    given([])
      .when(set(1))
      .then([wasSet(1, 1)]);
    given([wasSet(1, 1)])
      .when(set(1))
      .thenNothing();
    given([wasSet(1, 1)])
      .when(set(2))
      .then([wasSet(2, 2)]);
    given([wasSet(1, 1)])
      .when(set(1, ['b.example:8443']))
      .then([wasSet(1, 2, ['b.example:8443'])]);
  });

  it('are rotated and keep their hosts', () => {
    given([wasSet(1, 1)])
      .when(rotate(2))
      .then([wasRotated(2, 2)]);
    given([wasSet(1, 1)])
      .when(rotate(1))
      .thenNothing();
    given([]).when(rotate(1)).thenRejected('DATA_SECRET_NOT_SET');
    expect([wasSet(1, 1), wasRotated(2, 2)].reduce(decider.evolve, decider.initialState).held['token']).toEqual({
      version: 2,
      hosts: ['api.example'],
      ...row(2),
    });
  });

  it('are deleted; their versions never come again', () => {
    given([wasSet(1, 1)])
      .when(remove)
      .then([wasDeleted(1)]);
    given([wasSet(1, 1), wasDeleted(1)])
      .when(remove)
      .thenRejected('DATA_SECRET_NOT_SET');
    given([wasSet(1, 1), wasDeleted(1)])
      .when(set(2))
      .then([wasSet(2, 2)]);
  });

  it('of no value have none, whatever every object inherits', () => {
    for (const name of ['constructor', 'toString']) {
      given([]).when({ type: 'DeleteSecret', data: { extension, name } }).thenRejected('DATA_SECRET_NOT_SET');
      given([])
        .when({ type: 'RotateSecret', data: { extension, name, ...row(1) } })
        .thenRejected('DATA_SECRET_NOT_DECLARED');
      given([])
        .when({ type: 'SetSecret', data: { extension: 'workflows', name, hosts: ['api.example'], ...row(1) } })
        .then([{ type: 'SecretSet', data: { extension: 'workflows', name, version: 1, hosts: ['api.example'], ...row(1) } }]);
    }
  });

  it('of workflows are bound to whatever hosts whoever sets them says', () => {
    const data = { extension: 'workflows', name: 'token', hosts: ['api.example', 'b.example:8443'], ...row(1) };
    given([])
      .when({ type: 'SetSecret', data })
      .then([{ type: 'SecretSet', data: { ...data, version: 1 } }]);
    given([])
      .when({ type: 'SetSecret', data: { ...data, hosts: ['https://api.example/'] } })
      .thenRejected('DATA_SECRET_HOST_INVALID');
    given([])
      .when({ type: 'RotateSecret', data: { extension: 'workflows', name: 'token', ...row(2) } })
      .thenRejected('DATA_SECRET_NOT_SET');
  });

  it('are only those of the manifest, for its hosts', () => {
    given([])
      .when(set(1, ['api.example'], 'other'))
      .thenRejected('DATA_SECRET_NOT_DECLARED');
    given([])
      .when(set(1, ['evil.example']))
      .thenRejected('DATA_SECRET_HOST_NOT_DECLARED');
    given([])
      .when(set(1, ['api.example', 'b.example']))
      .thenRejected('DATA_SECRET_HOST_NOT_DECLARED');
    given([])
      .when(set(1, ['api.example:444']))
      .then([wasSet(1, 1, ['api.example:444'])]);
    given([])
      .when(set(1, ['api.example'], 'token', 'acme.missing'))
      .thenRejected('DATA_EXTENSION_NOT_INSTALLED');
  });
});
