// Reads what a request says of itself, before anything is believed. One value, well formed, or a refusal: never a default.
import { PLATFORM_TENANT, rejected } from '@kari/kernel';
import { tenantIdOf, tenantSlug } from '../tenants/tenant.commands.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BEARER = /^Bearer ([A-Za-z0-9._~+/=-]{1,4096})$/i;
const API_TOKEN = /^kari_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** The tenant's uuid, or `_`, from every value of the `Kari-Tenant` header. */
export function tenantAsked(values: readonly string[]): string {
  const [value] = values;
  if (value === undefined) throw tenantRequired('the header is missing');
  if (values.length > 1) throw tenantRequired('the header was sent more than once');
  if (value === '') throw tenantRequired('the header is empty');
  if (value === PLATFORM_TENANT || UUID.test(value)) return value;
  if (!tenantSlug.safeParse(value).success) throw tenantRequired('the value is neither a slug in lower case nor a uuid');
  return tenantIdOf(value);
}

export function tenantRequired(reason: string) {
  return rejected('REQUEST_TENANT_REQUIRED', { reason });
}

export function unauthenticated(reason: string) {
  return rejected('REQUEST_UNAUTHENTICATED', { reason });
}

/** The credential from every value of the `Authorization` header. */
export function bearerOf(values: readonly string[]): string {
  const [value] = values;
  if (value === undefined) throw unauthenticated('there is no Authorization header');
  if (values.length > 1) throw unauthenticated('there is more than one Authorization header');
  const bearer = BEARER.exec(value)?.[1];
  if (bearer === undefined) throw unauthenticated('the Authorization header is not "Bearer <token>"');
  return bearer;
}

export interface PresentedToken {
  readonly token: string;
  readonly secret: string;
}

/** The parts of `kari_<id>_<secret>`, or null when the credential is no API token. */
export function apiTokenParts(credential: string): PresentedToken | null {
  const [, token, secret] = API_TOKEN.exec(credential) ?? [];
  return token === undefined || secret === undefined ? null : { token, secret };
}
