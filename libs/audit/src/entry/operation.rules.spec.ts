import { expect, it } from '@jest/globals';
import { isOperation, subjectOfEvent } from './operation.rules.js';

it('counts every category as operations, but readings that the platform takes of itself', () => {
  const categories = ['extension.installation', 'tenancy.tenant', 'audit.entry', 'metrics.usage', 'nobody.knows'];
  expect(categories.filter((category) => !isOperation(category))).toEqual(['metrics.usage']);
});

it('says what an operation was about', () => {
  expect(subjectOfEvent('extension.installation', 'acme.notes', {})).toBe('installation:acme.notes');
  expect(subjectOfEvent('tenancy.api-token', 'a-b', null)).toBe('api-token:a-b');
  expect(subjectOfEvent('tenancy.membership', 'members', { member: 'm-1' })).toBe('member:m-1');
  expect(subjectOfEvent('tenancy.membership', 'members', {})).toBe('membership:members');
});
