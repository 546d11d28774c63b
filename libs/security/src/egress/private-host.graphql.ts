// Private hosts and the extent of outgoing calls in the public schema.
import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { CommandOutcome } from '@kari/kernel';
import type { OpenHost, PrivateHosts } from './private-host.decider.js';

@ObjectType({ description: 'A host inside the own network that extensions may reach, if their manifest names it and it is granted.' })
export class PrivateHost {
  @Field(() => String)
  host!: string;

  @Field(() => [String], { description: 'Where the name may lead, in CIDR.' })
  networks!: readonly string[];

  @Field(() => ID, { nullable: true, description: 'For this tenant alone; null: for every tenant.' })
  tenant!: string | null;

  @Field(() => String)
  reason!: string;
}

@ObjectType({ description: 'The private hosts right after a change.' })
export class ChangedPrivateHosts {
  @Field(() => [PrivateHost])
  open!: readonly PrivateHost[];

  @Field(() => String)
  revision!: string;

  @Field(() => String, { nullable: true, description: 'Where in the log the change stands; null when nothing changed.' })
  position!: string | null;
}

@InputType()
export class OpenPrivateHostInput {
  @Field(() => String, { description: 'Name or address, as manifests write it.' })
  host!: string;

  @Field(() => [String], { description: 'Private networks in CIDR that it may lead to: 1 to 16.' })
  networks!: string[];

  @Field(() => ID, { nullable: true, description: 'Only for this tenant (uuid); default: for all.' })
  tenant?: string | null;

  @Field(() => String, { description: 'Why: kept in the audit trail.' })
  reason!: string;
}

@ObjectType({ description: 'What an extension has sent out since this process started, counted at its sockets.' })
export class EgressCount {
  @Field(() => ID)
  extension!: string;

  @Field(() => Int)
  requests!: number;

  @Field(() => Int, { description: 'Connections asked for, opened or not.' })
  connects!: number;

  @Field(() => Float)
  bytesSent!: number;

  @Field(() => Float)
  bytesReceived!: number;
}

export function openHostsOf(state: PrivateHosts): readonly OpenHost[] {
  return Object.values(state).sort((left, right) => (left.host < right.host ? -1 : left.host > right.host ? 1 : 0));
}

export function changedPrivateHosts({ state, revision, position }: CommandOutcome<PrivateHosts>): ChangedPrivateHosts {
  return { open: openHostsOf(state), revision: String(revision), position };
}
