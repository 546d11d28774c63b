// The first start: somebody must be able to enter a platform that nobody has entered. Every step is a command with an id of its own, so
// that a start after a crash in the middle goes on where the last one stopped, and a later start changes nothing.
import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  COMMAND_BUS,
  derivedId,
  PLATFORM_TENANT,
  RANDOM,
  TIMERS,
  Unavailable,
  type Clock,
  type Command,
  type CommandBus,
  type Random,
  type RequestContext,
  type Timers,
} from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import { AccessFolds } from '../access/access-folds.js';
import { apiTokenParts } from '../access/credentials.rules.js';
import { tenantIdOf } from '../tenants/tenant.commands.js';
import { matches, mintToken } from '../tokens/token-secret.js';

const DAY_MS = 24 * 60 * 60_000;
const TOKEN_DAYS = 365;
/** A token closer to its end than this is replaced, so that an operator is never locked out by the calendar. */
const RENEW_DAYS = 14;

const TRIES = 5;
const PAUSE_MS = 500;

const OPERATOR = derivedId('tenancy.bootstrap', 'operator');
const DEMO_SLUG = 'demo';
const DEMO_ADMIN = derivedId('tenancy.bootstrap', 'demo admin');

export interface BootstrapWish {
  /** What the token file holds; null when there is none. */
  readonly currentToken: string | null;
  /** Whether the tenant `demo` is wanted: development mode. */
  readonly demo: boolean;
}

export interface BootstrapResult {
  readonly operator: string;
  /** The operator's API token: to be printed when new, and kept in a 0600 file. Null once other operators have removed this one. */
  readonly token: { readonly value: string; readonly isNew: boolean } | null;
  readonly demo: { readonly id: string; readonly slug: string } | null;
}

@Injectable()
export class Bootstrap {
  constructor(
    private readonly folds: AccessFolds,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(TIMERS) private readonly timers: Timers,
  ) {}

  /** Safe to call at every start, by several processes at once. */
  async bootstrapPlatform(wish: BootstrapWish): Promise<BootstrapResult> {
    await this.ensureMember(PLATFORM_TENANT, OPERATOR, 'operator@localhost.invalid', 'Platform operator', 'platform-operator');
    const demo = wish.demo ? await this.ensureDemo() : null;
    return { operator: OPERATOR, token: await this.ensureToken(wish.currentToken), demo };
  }

  private async ensureDemo(): Promise<BootstrapResult['demo']> {
    const id = tenantIdOf(DEMO_SLUG);
    const { state } = await this.folds.tenant(id);
    if (state.status === 'none')
      await this.send({ type: 'CreateTenant', data: { slug: DEMO_SLUG, name: 'Demo' } }, PLATFORM_TENANT, 'demo');
    // A demo tenant that somebody suspended or deleted stays so.
    if ((await this.folds.standing(id)) !== 'open') return null;
    await this.ensureMember(id, DEMO_ADMIN, 'admin@demo.invalid', 'Demo administrator', 'admin');
    return { id, slug: DEMO_SLUG };
  }

  private async ensureMember(tenant: string, member: string, email: string, name: string, role: string): Promise<void> {
    if (await this.folds.isKnownMember(tenant, member)) return;
    await this.send({ type: 'AddMember', data: { member, email, name, roles: [role] } }, tenant, `member ${member}`);
  }

  private async ensureToken(current: string | null): Promise<BootstrapResult['token']> {
    if (current !== null && (await this.stillGood(current))) return { value: current, isNew: false };
    if ((await this.folds.member(PLATFORM_TENANT, OPERATOR)) === null) return null;
    const token = derivedId('tenancy.bootstrap', 'token', Buffer.from(this.random.bytes(16)).toString('hex'));
    const { value, hash } = mintToken(token, this.random);
    const expiresAt = new Date(this.clock.now() + TOKEN_DAYS * DAY_MS).toISOString();
    const owner = { kind: 'member', id: OPERATOR, standing: 'active' };
    await this.send(
      { type: 'IssueToken', data: { token, owner, name: 'first start', hash, expiresAt, rights: null } },
      PLATFORM_TENANT,
      `token ${token}`,
    );
    return { value, isNew: true };
  }

  private async stillGood(value: string): Promise<boolean> {
    const presented = apiTokenParts(value);
    if (presented === null) return false;
    const token = await this.folds.token(PLATFORM_TENANT, presented.token);
    if (token.status !== 'issued' || !matches(presented.secret, token.hash)) return false;
    return Date.parse(token.expiresAt) - this.clock.now() > RENEW_DAYS * DAY_MS;
  }

  private async send(command: Command, tenant: string, step: string): Promise<void> {
    const commandId = derivedId('tenancy.bootstrap', step);
    const context: RequestContext = { principal: systemPrincipal('bootstrap'), tenant, correlationId: commandId, commandId };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.bus.send(command, context);
        return;
      } catch (error) {
        // A database that has just come up may answer late; the command id makes asking again safe.
        if (attempt === TRIES || !(error instanceof Unavailable)) throw error;
        await this.timers.sleep(PAUSE_MS);
      }
    }
  }
}
