// Decides whether a wish for all tenants stands. It names one version and one consent; a newer version renews it, with a consent of its own.
import type { Decider } from '@kari/kernel';
import { rejected } from '@kari/kernel';
import semver from 'semver';
import { demandConsent } from '../lifecycle/consent.rules.js';
import type { WishCommand } from './wish.commands.js';
import type { Wish, WishEvent } from './wish.events.js';

export type WishState = { readonly status: 'none' } | { readonly status: 'standing'; readonly wish: Wish };

function decide(command: WishCommand, state: WishState): readonly WishEvent[] {
  const { extension } = command.data;
  switch (command.type) {
    case 'InstallForAllTenants': {
      const { consented, enable, facts } = command.data;
      const { found, known, safeBoot } = facts;
      if (found === null) {
        throw rejected('EXTENSION_PACKAGE_UNKNOWN', {
          extension,
          version: command.data.version ?? 'latest',
          known: known.length === 0 ? 'none' : known,
        });
      }
      if (state.status === 'standing') {
        const same = state.wish.package.version === found.version && state.wish.enable === enable;
        if (same) return [];
        // A newer version takes the place of the wished one; anything else is another wish.
        const renews = semver.gt(found.version, state.wish.package.version) && state.wish.enable === enable;
        if (!renews) throw rejected('EXTENSION_WISH_STANDS', { extension, version: state.wish.package.version });
      }
      if (safeBoot) throw rejected('EXTENSION_SAFE_BOOT', { extension });
      demandConsent(extension, found, consented);
      return [{ type: 'ExtensionWishedForAll', data: { extension, package: found, consented, enable } }];
    }
    case 'WithdrawFromAllTenants':
      return state.status === 'standing' ? [{ type: 'ExtensionWishWithdrawn', data: { extension } }] : [];
  }
}

function evolve(_: WishState, event: WishEvent): WishState {
  return event.type === 'ExtensionWishedForAll' ? { status: 'standing', wish: event.data } : { status: 'none' };
}

export const wishDecider: Decider<WishCommand, WishEvent, WishState> = { decide, evolve, initialState: { status: 'none' } };
