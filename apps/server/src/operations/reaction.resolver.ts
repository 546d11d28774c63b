// What follows the log and acts, through the API: how far each is, what is parked, and trying it again.
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Operation } from '@kari/platform/graphql';
import { Reacting } from '../reacting.js';
import { ParkedProcessType, ReactionType } from './reaction.graphql.js';

@Resolver()
export class ReactionResolver {
  constructor(private readonly reacting: Reacting) {}

  @Query(() => [ReactionType], { description: 'Every process manager and reactor, and how far it is.' })
  @Operation({ right: 'platform.read', scope: 'platform', audit: 'entry' })
  reactions(): Promise<readonly ReactionType[]> {
    return this.reacting.statuses();
  }

  @Query(() => [ParkedProcessType], { description: 'Processes that stand still because an event could not be acted upon.' })
  @Operation({ right: 'platform.read', scope: 'platform', audit: 'entry' })
  parkedProcesses(): Promise<readonly ParkedProcessType[]> {
    return this.reacting.parked();
  }

  @Mutation(() => Boolean, {
    description: 'Tries a parked process again with everything that waits behind it; `skip` leaves its first event out for good.',
  })
  @Operation({
    right: 'view.rebuild',
    scope: 'platform',
    audit: 'entry',
    subject: ({ manager }: { manager: string }) => `reaction:${manager}`,
  })
  redriveProcess(
    @Args('manager', { type: () => String }) manager: string,
    @Args('process', { type: () => String }) process: string,
    @Args('skip', { type: () => Boolean, defaultValue: false }) skip: boolean,
  ): Promise<boolean> {
    return this.reacting.redrive(manager, process, skip);
  }
}
