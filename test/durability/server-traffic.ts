// Eight callers of a whole server that change things through GraphQL, and remember what they were told. What broke off is sent again, with
// the same key, to the next server: that is how a careful client behaves.
import type { Random } from '@kari/kernel';
import { systemIds } from '@kari/platform/time';
import { GraphqlCaller } from '../support/client.js';
import type { RunningServer } from '../support/server.js';

const CALLERS = 8;

interface Wish {
  readonly key: string;
  readonly tenant: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Acknowledgement {
  readonly id: string;
  readonly position: string;
}

type Answer = Readonly<Record<string, { readonly id?: string; readonly extension?: string; readonly position: string | null } | null>>;

export class ServerTraffic {
  readonly acknowledged: Acknowledgement[] = [];
  readonly refused: string[] = [];
  private unanswered: Wish[] = [];
  private accounts: string[] = [];
  private made = 0;

  constructor(private readonly random: Random) {}

  get brokenOff(): number {
    return this.unanswered.length;
  }

  /** Until the server no longer answers. */
  async until(server: RunningServer): Promise<void> {
    const again = this.unanswered.splice(0);
    await Promise.all(Array.from({ length: CALLERS }, (_, caller) => this.call(server, again, caller)));
  }

  private async call(server: RunningServer, again: Wish[], caller: number): Promise<void> {
    for (;;) {
      const wish = again.shift() ?? this.wish(caller);
      const asking = new GraphqlCaller(server.url, { token: server.adminToken, tenant: wish.tenant });
      const answer = await asking.ask<Answer>(wish.document, wish.variables, { 'idempotency-key': wish.key }).catch(() => null);
      if (answer === null) {
        this.unanswered.push(wish, ...again.splice(0));
        return;
      }
      this.heard(wish, answer.data, answer.errors[0]?.extensions.code);
    }
  }

  private heard(wish: Wish, data: Answer | null, code: string | undefined): void {
    if (code !== undefined) return void this.refused.push(`${code}: ${wish.document}`);
    const [said] = Object.values(data ?? {});
    const id = said?.id ?? said?.extension;
    if (said === null || said === undefined || id === undefined || said.position === null) return;
    this.acknowledged.push({ id, position: said.position });
    if (wish.document.includes('createServiceAccount')) this.accounts.push(id);
  }

  private wish(caller: number): Wish {
    const key = systemIds.next();
    const name = `w${caller}-${(this.made += 1)}`;
    const account = this.accounts[Math.floor(this.random.next() * this.accounts.length)];
    const demo = (document: string, variables: Wish['variables']): Wish => ({ key, tenant: 'demo', document, variables });
    const chance = this.random.next();
    if (account === undefined || chance < 0.25)
      return demo('mutation ($name: String!) { createServiceAccount(input: { name: $name, roles: ["viewer"] }) { id position } }', {
        name,
      });
    if (chance < 0.4)
      return demo('mutation ($id: ID!, $roles: [String!]!) { changeServiceAccountRoles(id: $id, roles: $roles) { id position } }', {
        id: account,
        roles: [chance < 0.32 ? 'user' : 'viewer'],
      });
    if (chance < 0.6)
      return demo(
        'mutation ($email: String!, $name: String!) { addMember(input: { email: $email, name: $name, roles: ["viewer"] }) { id position } }',
        { name, email: `${name}@example.org` },
      );
    if (chance < 0.7)
      return demo(
        'mutation ($owner: ID!, $name: String!, $at: DateTime!) { issueToken(input: { owner: $owner, ownerKind: SERVICE_ACCOUNT, name: $name, expiresAt: $at }) { id position } }',
        { owner: account, name, at: '2099-01-01T00:00:00Z' },
      );
    if (chance < 0.8)
      return demo('mutation ($name: String!) { callPlugin(input: { plugin: "greeting.say", input: { name: $name } }) { output } }', {
        name,
      });
    if (chance < 0.9)
      return demo(
        'mutation ($values: JSON!) { setConfiguration(input: { extension: "kari.hello", values: $values }) { extension position } }',
        { values: { greeting: name } },
      );
    return {
      key,
      tenant: '_',
      document: 'mutation ($slug: String!) { createTenant(input: { slug: $slug, name: $slug }) { id position } }',
      variables: { slug: name },
    };
  }
}
