// Short-lived sessions beside API tokens: signed statements of who somebody is, never of what they may do.
import { rejected } from '@kari/kernel';

export const SESSION_ISSUER = Symbol('SessionIssuer');

export interface Session {
  /** `_` or the tenant the person belongs to. */
  readonly home: string;
  readonly owner: { readonly kind: 'member' | 'service-account'; readonly id: string };
  /** The API token it was started with: its revocation, expiry and narrowing hold for the session too. */
  readonly token: string;
}

export interface IssuedSession {
  readonly value: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export interface SessionIssuer {
  /** Throws `Rejection` TENANCY_ISSUER_OFF where no sessions are issued. */
  issue(session: Session): Promise<IssuedSession>;
  /** Null for anything that is not a current session of this issuer. */
  verify(value: string): Promise<Session | null>;
}

/** Outside development mode nobody is let in by a session of our own making. */
export const noSessions: SessionIssuer = {
  issue: async () => {
    throw rejected('TENANCY_ISSUER_OFF');
  },
  verify: async () => null,
};
