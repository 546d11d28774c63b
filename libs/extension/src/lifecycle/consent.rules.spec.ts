import { expect, it } from '@jest/globals';
import { found, kv, web } from '../testing/stories.js';
import { consentOf, demandConsent } from './consent.rules.js';

it('asks for each permission, and for the resource class above S, each with its reason', () => {
  expect(consentOf(found)).toEqual([
    { id: kv.id, reason: kv.reason },
    { id: web.id, reason: web.reason },
  ]);
  expect(consentOf({ ...found, grants: [], resourceClass: 'M', resourceReason: 'reads large files' })).toEqual([
    { id: 'resources:M', reason: 'reads large files' },
  ]);
});
it('is content with exactly that, in any order', () => {
  expect(() => demandConsent('acme.notes', found, [web.id, kv.id])).not.toThrow();
});
it('refuses less and more', () => {
  expect(() => demandConsent('acme.notes', found, [kv.id])).toThrow('EXTENSION_CONSENT_REQUIRED');
  expect(() => demandConsent('acme.notes', found, [kv.id, web.id, 'resources:L'])).toThrow('EXTENSION_CONSENT_UNKNOWN');
});
