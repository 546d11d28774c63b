import { describe, it } from '@jest/globals';
import { specify } from '@kari/kernel/testing';
import { extension, found, kv, web, wish } from '../testing/stories.js';
import type { WishCommand } from './wish.commands.js';
import { wishDecider } from './wish.decider.js';
import type { WishEvent } from './wish.events.js';

const { given } = specify(wishDecider);
const forAll = (...change: Parameters<typeof wish>): WishCommand => ({ type: 'InstallForAllTenants', data: wish(...change) });
const withdraw: WishCommand = { type: 'WithdrawFromAllTenants', data: { extension } };
const wished: WishEvent = { type: 'ExtensionWishedForAll', data: { extension, package: found, consented: [kv.id, web.id], enable: true } };
const withdrawn: WishEvent = { type: 'ExtensionWishWithdrawn', data: { extension } };

describe('wishing for all tenants', () => {
  it('keeps what was consented to', () => given([]).when(forAll()).then([wished]));
  it('needs the same consent as a tenant', () =>
    given([])
      .when(forAll({ consented: [] }))
      .thenRejected('EXTENSION_CONSENT_REQUIRED'));
  it('twice changes nothing', () => given([wished]).when(forAll()).thenNothing());
  it('of a newer version renews it, with a consent of its own', () => {
    const newer = { found: { ...found, version: '2.0.0' } };
    given([wished])
      .when(forAll({}, newer))
      .then([{ type: 'ExtensionWishedForAll', data: { extension, package: newer.found, consented: [kv.id, web.id], enable: true } }]);
    given([wished])
      .when(forAll({ consented: [] }, newer))
      .thenRejected('EXTENSION_CONSENT_REQUIRED');
  });
  it('of an older version needs the first to be withdrawn', () => {
    const older = { found: { ...found, version: '0.9.0' } };
    given([wished]).when(forAll({}, older)).thenRejected('EXTENSION_WISH_STANDS');
    given([wished, withdrawn]).when(forAll()).then([wished]);
  });
  it('is refused for an unknown package and under safe boot', () => {
    given([])
      .when(forAll({}, { found: null }))
      .thenRejected('EXTENSION_PACKAGE_UNKNOWN');
    given([])
      .when(forAll({}, { safeBoot: true }))
      .thenRejected('EXTENSION_SAFE_BOOT');
  });
});

describe('withdrawing', () => {
  it('ends the wish', () => given([wished]).when(withdraw).then([withdrawn]));
  it('of no wish changes nothing', () => {
    given([]).when(withdraw).thenNothing();
    given([wished, withdrawn]).when(withdraw).thenNothing();
  });
});
