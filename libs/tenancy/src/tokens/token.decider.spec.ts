import { describe, it } from '@jest/globals';
import { derivedId } from '@kari/kernel';
import { specify } from '@kari/kernel/testing';
import { tokenDecider } from './token.decider.js';
import type { TokenEvent } from './token.events.js';

const token = derivedId('token');
const owner = { kind: 'member', id: derivedId('ada') } as const;
const hash = 'ab'.repeat(32);
const expiresAt = '2026-02-01T00:00:00.000Z';
const issued: TokenEvent = { type: 'TokenIssued', data: { token, owner, name: 'laptop', hash, expiresAt, rights: null } };
const revoked: TokenEvent = { type: 'TokenRevoked', data: { token } };
const issue = {
  type: 'IssueToken',
  data: { token, owner: { ...owner, standing: 'active' }, name: 'laptop', hash, expiresAt, rights: null },
} as const;
const revoke = { type: 'RevokeToken', data: { token } } as const;

const { given } = specify(tokenDecider);

describe('an API token', () => {
  it('is issued to somebody who is there', () => {
    given([]).when(issue).then([issued]);
    given([])
      .when({ ...issue, data: { ...issue.data, owner: { ...owner, standing: 'missing' } } })
      .thenRejected('TENANCY_MEMBER_UNKNOWN');
    given([])
      .when({ ...issue, data: { ...issue.data, owner: { kind: 'service-account', id: owner.id, standing: 'missing' } } })
      .thenRejected('TENANCY_SERVICE_ACCOUNT_UNKNOWN');
    given([issued]).when(issue).thenRejected('TENANCY_TOKEN_EXISTS');
  });

  it('expires, between a minute and 366 days from now', () => {
    for (const moment of ['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:59.999Z', '2027-01-02T00:00:00.001Z', '9999-12-31T00:00:00.000Z']) {
      given([])
        .when({ ...issue, data: { ...issue.data, expiresAt: moment } })
        .thenRejected('TENANCY_TOKEN_EXPIRY');
    }
    for (const moment of ['2026-01-01T00:01:00.000Z', '2027-01-02T00:00:00.000Z']) {
      given([])
        .when({ ...issue, data: { ...issue.data, expiresAt: moment } })
        .then([{ ...issued, data: { ...issued.data, expiresAt: moment } }]);
    }
  });

  it('may be narrowed, but not to a right with which it could make itself wider', () => {
    const narrowed = ['audit.read', 'extension.read'] as const;
    given([])
      .when({ ...issue, data: { ...issue.data, rights: narrowed } })
      .then([{ ...issued, data: { ...issued.data, rights: narrowed } }]);
    given([])
      .when({ ...issue, data: { ...issue.data, rights: ['audit.read', 'token.manage'] } })
      .thenRejected('TENANCY_TOKEN_RIGHT');
    given([])
      .when({ ...issue, data: { ...issue.data, rights: ['member.manage'] } })
      .thenRejected('TENANCY_TOKEN_RIGHT');
  });

  it('is revoked for good', () => {
    given([issued]).when(revoke).then([revoked]);
    given([issued, revoked]).when(revoke).thenNothing();
    given([]).when(revoke).thenRejected('TENANCY_TOKEN_UNKNOWN');
  });
});
