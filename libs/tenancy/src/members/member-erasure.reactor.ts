// Makes the platform forget a person: destroys the key under which name and e-mail address stand in the log.
import { Inject, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '@kari/kernel';
import { KEYS, type Keys } from '@kari/platform/crypto';
import type { Reactor } from '@kari/platform/registry';
import type { MembershipEvent } from './membership.events.js';

@Injectable()
export class MemberErasure implements Reactor {
  readonly name = 'tenancy.member-erasure';
  readonly handles = ['MemberErased'];
  readonly runs = 'once';

  constructor(@Inject(KEYS) private readonly keys: Keys) {}

  async react(event: RecordedEvent): Promise<void> {
    const { data } = event as unknown as Extract<MembershipEvent, { type: 'MemberErased' }>;
    await this.keys.erase(event.meta.tenant, data.member);
  }
}
