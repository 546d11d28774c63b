// Tells the edge that a session may have ended: a token was revoked, a tenant suspended, a member's role changed. Bound by the app to the contexts that know.
export const SESSION_GUARD = Symbol('SessionGuard');

/** Whose sessions are in doubt; what is left out means everybody's. */
export interface SessionDoubt {
  readonly tenant?: string;
  /** Opaque id of the principal. */
  readonly principal?: string;
}

export interface SessionGuard {
  /** The edge then proves the credentials of those sockets again, and closes the ones it cannot prove. Returns the way to stop listening. */
  onDoubt(listener: (doubt: SessionDoubt) => void): () => void;
}
