import { expect, it } from '@jest/globals';
import { AT, folded, recorded } from '../testing/recorded.js';
import { tokenProjection } from './token.projection.js';

const meta = { tenant: 't' };
const expiresAt = '2026-02-01T00:00:00.000Z';
const data = { token: 'k', owner: { kind: 'member', id: 'm' }, name: 'laptop', hash: 'a-hash', expiresAt, rights: ['audit.read'] };
const issued = recorded('TokenIssued', data, meta);

it('lists tokens with who issued them for whom, and never their hash', () => {
  const rows = folded(tokenProjection, [issued]);
  const rights = ['audit.read'];
  const row = {
    tenant: 't',
    token: 'k',
    owner_kind: 'member',
    owner: 'm',
    name: 'laptop',
    rights,
    issued_at: AT,
    issued_by: 'olga',
    expires_at: expiresAt,
    revoked_at: null,
  };
  expect(rows).toEqual({ 't/k': row });
  expect(JSON.stringify(rows)).not.toContain('a-hash');
  expect(folded(tokenProjection, [issued, recorded('TokenRevoked', { token: 'k' }, meta)])).toEqual({ 't/k': { ...row, revoked_at: AT } });
  expect(folded(tokenProjection, [recorded('TokenRevoked', { token: 'k' }, meta)])).toEqual({});
});
