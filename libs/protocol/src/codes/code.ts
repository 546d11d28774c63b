// One refusal in the catalogue: its words, and its form on each wire. Codes are `<AREA>_<WHAT>` and never change their meaning.

/** Decides the form on each wire: see `forms`. */
export type CodeKind =
  'invalid' | 'unauthenticated' | 'denied' | 'missing' | 'conflict' | 'limit' | 'deadline' | 'cancelled' | 'unavailable' | 'failed';

export interface CodeEntry {
  readonly kind: CodeKind;
  /** What happened and why; `{fact}` is replaced by the refusal's fact of that name. */
  readonly message: string;
  /** What to do next; the same placeholders. */
  readonly next: string;
}

/** GraphQL `extensions.kind`, HTTP status, process exit code and broker error of each kind. */
export const forms = {
  invalid: { http: 400, exit: 2, broker: 'INVALID' },
  unauthenticated: { http: 401, exit: 3, broker: 'DENIED' },
  denied: { http: 403, exit: 4, broker: 'DENIED' },
  missing: { http: 404, exit: 5, broker: 'INVALID' },
  conflict: { http: 409, exit: 6, broker: 'INVALID' },
  limit: { http: 429, exit: 7, broker: 'LIMIT' },
  deadline: { http: 504, exit: 8, broker: 'DEADLINE' },
  cancelled: { http: 499, exit: 9, broker: 'CANCELLED' },
  unavailable: { http: 503, exit: 10, broker: 'UNAVAILABLE' },
  failed: { http: 500, exit: 1, broker: 'UNAVAILABLE' },
} as const satisfies Record<CodeKind, { http: number; exit: number; broker: string }>;
