// Turns what a request carries into a proven context. Implemented by tenancy; used by GraphQL, WebSockets and HTTP routes alike.
import type { RequestContext } from '@kari/kernel';

export const AUTHENTICATOR = Symbol('Authenticator');

export interface Credentials {
  /** Every value of the `Authorization` header, as sent. */
  readonly authorization: readonly string[];
  /** Every value of the `Kari-Tenant` header, as sent. */
  readonly tenant: readonly string[];
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly commandId?: string;
}

export interface Authenticator {
  /** Throws `Rejection`: REQUEST_UNAUTHENTICATED, REQUEST_TENANT_REQUIRED, TENANCY_TENANT_SUSPENDED. Never falls back to anyone. */
  authenticate(credentials: Credentials): Promise<RequestContext>;
}
