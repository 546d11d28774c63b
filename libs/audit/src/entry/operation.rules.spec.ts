import { expect, it } from '@jest/globals';
import { isOperation, subjectOfEvent } from './operation.rules.js';

it('counts every category as operations, but the memory of process managers', () => {
  expect(['extension.installation', 'tenancy.tenant', 'audit.entry', 'extension.installation-process'].map(isOperation)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it('says what an operation was about', () => {
  expect(subjectOfEvent('extension.installation', 'acme.notes', {})).toBe('installation:acme.notes');
  expect(subjectOfEvent('tenancy.api-token', 'a-b', null)).toBe('api-token:a-b');
  expect(subjectOfEvent('tenancy.membership', 'members', { member: 'm-1' })).toBe('member:m-1');
  expect(subjectOfEvent('tenancy.membership', 'members', {})).toBe('membership:members');
});
