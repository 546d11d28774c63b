import { describe, expect, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import type { PrivateHostCommand } from './private-host.commands.js';
import { isOpenTo, privateHostDecider } from './private-host.decider.js';
import type { PrivateHostEvent } from './private-host.events.js';

const { given } = specify(privateHostDecider);
const TENANT = '00000000-0000-7000-8000-00000000000a';
const data = { host: 'db.intern', networks: ['10.1.0.0/16'], tenant: TENANT, reason: 'reports' };
const open = (more: Partial<typeof data> = {}): PrivateHostCommand => ({ type: 'OpenPrivateHost', data: { ...data, ...more } });
const opened: PrivateHostEvent = { type: 'PrivateHostOpened', data };
const close: PrivateHostCommand = { type: 'ClosePrivateHost', data: { host: 'DB.intern', tenant: TENANT } };
const closed: PrivateHostEvent = { type: 'PrivateHostClosed', data: { host: 'db.intern', tenant: TENANT } };

describe('private hosts', () => {
  it('are opened once, by their normalised name', () => {
    given([])
      .when(open({ host: 'DB.Intern' }))
      .then([opened]);
    given([opened]).when(open()).thenNothing();
    given([opened])
      .when(open({ networks: ['10.2.0.0/16'] }))
      .then([{ type: 'PrivateHostOpened', data: { ...data, networks: ['10.2.0.0/16'] } }]);
  });

  it('are closed, and only if open for that tenant', () => {
    given([opened]).when(close).then([closed]);
    given([opened, closed]).when(close).thenRejected('SECURITY_PRIVATE_HOST_NOT_OPEN');
    given([opened])
      .when({ type: 'ClosePrivateHost', data: { host: 'db.intern', tenant: null } })
      .thenRejected('SECURITY_PRIVATE_HOST_NOT_OPEN');
  });

  it.each(['', 'a b', 'a/b', 'a?b', 'user@a', 'a:80', 'http://a'])('refuse %j as a host', (host) => {
    given([]).when(open({ host })).thenRejected('SECURITY_PRIVATE_HOST_INVALID');
  });

  it.each(['10.0.0.1', '10.0.0.0/33', 'x', '0.0.0.0/0', '::/0', '8.8.8.0/24', '224.0.0.0/4', '0.0.0.0/8', 'ff02::/16'])(
    'refuse the network %s',
    (network) => {
      given([])
        .when(open({ networks: ['10.0.0.0/8', network] }))
        .thenRejected('SECURITY_PRIVATE_HOST_INVALID');
    },
  );

  it('are open to their tenant alone, or to all', () => {
    const one = privateHostDecider.evolve(privateHostDecider.initialState, opened);
    expect(isOpenTo(one, TENANT, 'db.intern', '10.1.9.9')).toBe(true);
    expect(isOpenTo(one, 'another', 'db.intern', '10.1.9.9')).toBe(false);
    expect(isOpenTo(one, TENANT, 'other.intern', '10.1.9.9')).toBe(false);
    expect(isOpenTo(one, TENANT, 'db.intern', '10.2.9.9')).toBe(false);
    const all = privateHostDecider.evolve(one, { type: 'PrivateHostOpened', data: { ...data, tenant: null } });
    expect(isOpenTo(all, 'another', 'db.intern', '10.1.9.9')).toBe(true);
  });
});
