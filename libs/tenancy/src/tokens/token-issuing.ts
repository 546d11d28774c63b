// Gathers what the decision to issue a token needs: a secret, its hash, and whether the owner is there. The decision is the decider's.
import { Inject, Injectable } from '@nestjs/common';
import {
  COMMAND_BUS,
  derivedId,
  IDS,
  RANDOM,
  type CommandBus,
  type CommandOutcome,
  type Ids,
  type Random,
  type RequestContext,
} from '@kari/kernel';
import type { Right } from '@kari/protocol';
import { AccessFolds } from '../access/access-folds.js';
import { mintToken } from './token-secret.js';
import type { TokenOwner, TokenState } from './token.decider.js';

export interface TokenWish {
  readonly owner: TokenOwner;
  readonly name: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly rights: readonly Right[] | null;
}

export interface IssuedToken {
  readonly outcome: CommandOutcome<TokenState>;
  /** Shown once; null when this wish was granted before and only its answer is repeated. */
  readonly value: string | null;
}

@Injectable()
export class TokenIssuing {
  constructor(
    private readonly folds: AccessFolds,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(RANDOM) private readonly random: Random,
  ) {}

  async issue(wish: TokenWish, caller: RequestContext): Promise<IssuedToken> {
    const token = caller.commandId === undefined ? this.ids.next() : derivedId(caller.commandId, 'token');
    const minted = mintToken(token, this.random);
    const { kind, id } = wish.owner;
    // Read only for a caller who may issue here; whoever may not is refused by the bus before it could tell them anything.
    const known = caller.principal.may('token.manage', caller.tenant) && (await this.folds.rolesOf(caller.tenant, wish.owner)) !== null;
    const data = {
      token,
      owner: { kind, id, standing: known ? 'active' : 'missing' },
      name: wish.name,
      hash: minted.hash,
      expiresAt: wish.expiresAt,
      rights: wish.rights,
    };
    const outcome = await this.bus.send<TokenState>({ type: 'IssueToken', data }, caller);
    const fresh = outcome.state.status !== 'none' && outcome.state.hash === minted.hash;
    return { outcome, value: fresh ? minted.value : null };
  }
}
