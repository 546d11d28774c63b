// What the DSL says of oauth2 and oidc, as one request for a token.
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { invalid } from './http-request.rules.js';

const METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'] as const;
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const FORM = 'application/x-www-form-urlencoded';

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

/** What keeps a policy from ever giving a token, whatever its expressions come to. */
export interface PolicyFault {
  /** Below the policy; the place of what is missing. */
  readonly pointer: string;
  readonly reason: string;
  readonly fix: string;
}

/** Asked of a policy as it is written, and again as it is made. */
export function policyFaults(policy: unknown): readonly PolicyFault[] {
  const given = objectOf(policy);
  if (given['use'] !== undefined) {
    const fix = 'Write authority, grant and client out; the secret stands in client.secret.';
    return [{ pointer: '/use', reason: 'a secret cannot say where tokens come from', fix }];
  }
  const encoding = objectOf(given['request'])['encoding'] ?? FORM;
  return [
    ...absent(given, ['authority'], 'the authentication'),
    ...clientFaults(objectOf(given['client'])),
    ...grantFaults(given),
    ...(encoding === FORM
      ? []
      : [{ pointer: '/request/encoding', reason: `tokens are asked for as ${FORM} alone`, fix: 'Leave request.encoding out.' }]),
  ];
}

function clientFaults(client: JsonObject): readonly PolicyFault[] {
  const method = client['authentication'] ?? 'client_secret_post';
  if (!METHODS.some((one) => one === method)) {
    const fix = `Take one of ${METHODS.join(', ')}.`;
    return [{ pointer: '/client/authentication', reason: 'its client authenticates in no known way', fix }];
  }
  const proof = method === 'none' ? [] : [method === 'private_key_jwt' ? 'assertion' : 'secret'];
  return absent(client, ['id', ...proof], 'the client', '/client');
}

function grantFaults(policy: JsonObject): readonly PolicyFault[] {
  const { grant } = policy;
  switch (grant) {
    case undefined:
      return absent(policy, ['grant'], 'the authentication');
    case 'client_credentials':
      return [];
    case 'password':
      return absent(policy, ['username', 'password'], 'the grant password');
    case EXCHANGE:
      return (['subject', ...(policy['actor'] === undefined ? [] : ['actor'])] as const).flatMap((name) =>
        absent(objectOf(policy[name]), ['token', 'type'], `the ${name} of the exchange`, `/${name}`),
      );
    default: {
      // Both begin with a person at a browser, or with what such a one once gave.
      const reason = `a workflow cannot take the grant ${typeof grant === 'string' ? grant : 'that it names'}`;
      return [{ pointer: '/grant', reason, fix: `Take client_credentials, password or ${EXCHANGE}.` }];
    }
  }
}

function absent(from: JsonObject, names: readonly string[], whose: string, pointer = ''): readonly PolicyFault[] {
  return names
    .filter((name) => typeof from[name] !== 'string' || from[name] === '')
    .map((name) => ({ pointer: `${pointer}/${name}`, reason: `${whose} has no ${name}`, fix: `Give ${name}, a text.` }));
}

export function tokenRequestOf(policy: unknown): TokenRequest {
  const [fault] = policyFaults(policy);
  if (fault !== undefined) throw invalid(fault.reason);
  const { grant, client: given, scopes, audiences, issuers, ...rest } = objectOf(policy);
  const client = objectOf(given);
  const list = (value: Json | undefined): readonly string[] =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
  const common: [string, string][] = [
    ...(list(scopes).length === 0 ? [] : [['scope', list(scopes).join(' ')] as [string, string]]),
    ...list(audiences).map((audience): [string, string] => ['audience', audience]),
  ];
  return {
    clientId: textOf(client['id']),
    method: METHODS.find((one) => one === client['authentication']) ?? 'client_secret_post',
    secret: textOf(client['secret']),
    assertion: textOf(client['assertion']),
    grant: textOf(grant),
    parameters: [...common, ...ofGrant(grant, rest)],
    issuers: list(issuers),
  };
}

function ofGrant(grant: Json | undefined, given: JsonObject): readonly (readonly [string, string])[] {
  const tokens = (name: 'subject' | 'actor'): readonly (readonly [string, string])[] => {
    if (given[name] === undefined) return [];
    const { token, type } = objectOf(given[name]);
    return [
      [`${name}_token`, textOf(token)],
      [`${name}_token_type`, textOf(type)],
    ];
  };
  switch (grant) {
    case 'password':
      return [
        ['username', textOf(given['username'])],
        ['password', textOf(given['password'])],
      ];
    case EXCHANGE:
      return [...tokens('subject'), ...tokens('actor')];
    default:
      return [];
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
