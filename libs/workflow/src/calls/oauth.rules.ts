// What the DSL says of oauth2 and oidc, as one request for a token.
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { invalid } from './http-request.rules.js';

const METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'] as const;
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

export interface TokenRequest {
  readonly clientId: string;
  readonly method: (typeof METHODS)[number];
  /** Empty where the method needs none. */
  readonly secret: string;
  readonly assertion: string;
  readonly grant: string;
  readonly parameters: readonly (readonly [string, string])[];
  /** Empty: whatever issuer. */
  readonly issuers: readonly string[];
}

const DISCOVERY = '/.well-known/openid-configuration';

/** `tokenUrl` null: the issuer is asked for it. */
export function authorityOf(scheme: 'oauth2' | 'oidc', policy: unknown): { readonly issuer: string; readonly tokenUrl: string | null } {
  const { authority, endpoints } = objectOf(policy);
  if (typeof authority !== 'string' || !URL.canParse(authority))
    throw invalid(`its ${scheme} authentication has no authority that can be asked`);
  const issuer = authority.endsWith(DISCOVERY) ? authority.slice(0, -DISCOVERY.length) : authority.replace(/\/$/, '');
  if (scheme === 'oidc') return { issuer, tokenUrl: null };
  const path = objectOf(endpoints)['token'] ?? '/oauth2/token';
  if (typeof path !== 'string') throw invalid(`its ${scheme} authentication has no token endpoint`);
  const tokenUrl = URL.canParse(path) ? path : `${issuer}/${path.replace(/^\//, '')}`;
  return { issuer, tokenUrl };
}

export function tokenRequestOf(policy: unknown): TokenRequest {
  const { grant, client: given, request, scopes, audiences, issuers, username, password, subject, actor } = objectOf(policy);
  const client = objectOf(given);
  const method = METHODS.find((one) => one === (client['authentication'] ?? 'client_secret_post'));
  if (method === undefined) throw invalid('its client authenticates in no known way');
  if ((objectOf(request)['encoding'] ?? FORM) !== FORM) throw invalid(`tokens are asked for as ${FORM} alone`);
  const { id, secret, assertion } = client;
  if (typeof id !== 'string') throw invalid('its client has no id');
  if (method.startsWith('client_secret') && typeof secret !== 'string') throw invalid('its client has no secret');
  if (method === 'private_key_jwt' && typeof assertion !== 'string') throw invalid('its client has no assertion');
  const list = (value: Json | undefined): readonly string[] =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  const common: [string, string][] = [
    ...(list(scopes).length === 0 ? [] : [['scope', list(scopes).join(' ')] as [string, string]]),
    ...list(audiences).map((audience): [string, string] => ['audience', audience]),
  ];
  return {
    clientId: id,
    method,
    secret: typeof secret === 'string' ? secret : '',
    assertion: typeof assertion === 'string' ? assertion : '',
    grant: textOf(grant, 'its grant'),
    parameters: [...common, ...ofGrant(grant, { username, password, subject, actor })],
    issuers: list(issuers),
  };
}

const FORM = 'application/x-www-form-urlencoded';

function ofGrant(
  grant: Json | undefined,
  given: Readonly<Record<'username' | 'password' | 'subject' | 'actor', Json | undefined>>,
): readonly (readonly [string, string])[] {
  const tokens = (name: 'subject' | 'actor'): readonly (readonly [string, string])[] => {
    if (given[name] === undefined) return [];
    const { token, type } = objectOf(given[name]);
    return [
      [`${name}_token`, textOf(token, `its ${name}`)],
      [`${name}_token_type`, textOf(type, `the type of its ${name}`)],
    ];
  };
  switch (grant) {
    case 'client_credentials':
      return [];
    case 'password':
      return [
        ['username', textOf(given.username, 'its user')],
        ['password', textOf(given.password, 'its password')],
      ];
    case EXCHANGE:
      if (given.subject === undefined) throw invalid('its token exchange has no subject');
      return [...tokens('subject'), ...tokens('actor')];
    default:
      // Both begin with a person at a browser, or with what such a one once gave.
      throw invalid(`a workflow cannot take the grant ${typeof grant === 'string' ? grant : 'that it names'}`);
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: Json | undefined, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${what} of the authentication is missing`);
}
