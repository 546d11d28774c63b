// Deliveries in the API.
import { Inject } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { COMMAND_BUS, type CommandBus, type RequestContext } from '@kari/kernel';
import { Caller, ConnectionOf, Operation, pageRequest, type Connection } from '@kari/platform/graphql';
import { changedParkedEvent, ChangedParkedEvent, DeliveryArgs, EventDelivery, ParkedArgs, ParkedEvent } from './delivery.graphql.js';
import { DeliveryQueries } from './delivery.queries.js';
import type { ParkedState } from './parked-event.decider.js';

@Resolver()
export class DeliveryResolver {
  constructor(
    private readonly queries: DeliveryQueries,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  @Query(() => ConnectionOf(EventDelivery), { description: 'Which events went to whom, newest event first.' })
  @Operation({ right: 'event.read', scope: 'tenant', audit: 'entry' })
  eventDeliveries(
    @Args() { event, subscriber, state, ...page }: DeliveryArgs,
    @Caller() { tenant }: RequestContext,
  ): Promise<Connection<EventDelivery>> {
    const filter = { event: event ?? null, subscriber: subscriber ?? null, state: state ?? null };
    return this.queries.page(pageRequest('eventDeliveries', page, tenant), filter);
  }

  @Query(() => ConnectionOf(ParkedEvent), { description: 'Deliveries that wait for a decision.' })
  @Operation({ right: 'event.read', scope: 'tenant', audit: 'entry' })
  parkedEvents(@Args() { waitFor, ...page }: ParkedArgs, @Caller() { tenant }: RequestContext): Promise<Connection<ParkedEvent>> {
    return this.queries.parked(pageRequest('parkedEvents', page, tenant), waitFor ?? null);
  }

  @Mutation(() => ChangedParkedEvent, { description: 'Delivers a parked event again, with its failures forgotten.' })
  @Operation({ right: 'event.operate', scope: 'tenant', audit: 'command' })
  async retryParkedEvent(
    @Args('event', { type: () => ID }) event: string,
    @Args('subscriber', { type: () => ID }) subscriber: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedParkedEvent> {
    const outcome = await this.bus.send<ParkedState>({ type: 'RetryParkedEvent', data: { event, subscriber } }, caller);
    return changedParkedEvent(event, subscriber, outcome);
  }

  @Mutation(() => ChangedParkedEvent, { description: 'Gives up on a parked event; later events of its key go on.' })
  @Operation({ right: 'event.operate', scope: 'tenant', audit: 'command' })
  async dropParkedEvent(
    @Args('event', { type: () => ID }) event: string,
    @Args('subscriber', { type: () => ID }) subscriber: string,
    @Caller() caller: RequestContext,
  ): Promise<ChangedParkedEvent> {
    const outcome = await this.bus.send<ParkedState>({ type: 'DropParkedEvent', data: { event, subscriber } }, caller);
    return changedParkedEvent(event, subscriber, outcome);
  }
}
