// The issuer of development mode: EdDSA tokens for a quarter of an hour, with a key of this machine. Deliberately deaf to everything a
// token says about its own verification: one algorithm, one key id, one issuer, one audience.
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, errors, type CryptoKey, type JWK } from 'jose';
import type { Clock, Ids } from '@kari/kernel';
import type { IssuedSession, Session, SessionIssuer } from './session-issuer.port.js';

const ISSUER = 'urn:kari:local';
const AUDIENCE = 'urn:kari:api';
const TYPE = 'kari-session+jwt';
const LIFETIME_S = 15 * 60;
/** A session is honoured until exactly this long after its `exp`, for clocks that disagree. */
export const CLOCK_TOLERANCE_S = 60;

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export class LocalSessionIssuer implements SessionIssuer {
  private constructor(
    private readonly key: SigningKey,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Reads the key from the file, or makes one there (0600). */
  static async open(keyFile: string, clock: Clock, ids: Ids): Promise<LocalSessionIssuer> {
    const stored = (await storedKey(keyFile)) ?? (await storeNewKey(keyFile));
    return new LocalSessionIssuer(await signingKey(stored), clock, ids);
  }

  async issue(session: Session): Promise<IssuedSession> {
    const now = Math.floor(this.clock.now() / 1000);
    const value = await new SignJWT({ home: session.home, kind: session.owner.kind, token: session.token })
      .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: this.key.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(session.owner.id)
      .setJti(this.ids.next())
      .setIssuedAt(now)
      .setExpirationTime(now + LIFETIME_S)
      .sign(this.key.privateKey);
    return { value, expiresAt: new Date((now + LIFETIME_S) * 1000).toISOString() };
  }

  async verify(value: string): Promise<Session | null> {
    try {
      const { payload } = await jwtVerify(value, ({ kid }) => this.keyNamed(kid), {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['exp', 'iat', 'jti', 'sub', 'home', 'kind', 'token'],
        clockTolerance: CLOCK_TOLERANCE_S,
        maxTokenAge: LIFETIME_S,
        currentDate: new Date(this.clock.now()),
      });
      const { sub, home, kind, token } = payload;
      if (typeof sub !== 'string' || typeof home !== 'string' || typeof token !== 'string') return null;
      if (kind !== 'member' && kind !== 'service-account') return null;
      return { home, owner: { kind, id: sub }, token };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  private keyNamed(kid: string | undefined): CryptoKey {
    if (kid !== this.key.kid) throw new errors.JWKSNoMatchingKey();
    return this.key.publicKey;
  }
}

async function storedKey(file: string): Promise<JWK | null> {
  try {
    const jwk = JSON.parse(await readFile(file, 'utf8')) as JWK;
    await chmod(file, 0o600);
    return jwk;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`the key of the local issuer in ${file} cannot be read; delete the file to have a new one made`, { cause: error });
  }
}

// Written beside and renamed: after a power cut the key is whole or absent.
async function storeNewKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(jwk));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  return jwk;
}

async function signingKey(jwk: JWK): Promise<SigningKey> {
  const { d: _, ...publicPart } = jwk;
  const kid = await calculateJwkThumbprint(publicPart);
  const [privateKey, publicKey] = await Promise.all([importJWK(jwk, 'EdDSA'), importJWK(publicPart, 'EdDSA')]);
  return { kid, privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey };
}
