// Gives the place of a run that has ended to the next that waits for it. Durable: it follows the log, so a place is never lost with a process.
import { Inject, Injectable } from '@nestjs/common';
import { COMMAND_BUS, derivedId, idOf, Rejection, type CommandBus, type RecordedEvent } from '@kari/kernel';
import { systemPrincipal } from '@kari/platform/command-bus';
import type { Reactor } from '@kari/platform/registry';
import type { RunEventOf } from '../run/run.events.js';
import { PLACES, type Places } from './places.port.js';

const principal = systemPrincipal('workflow.places');

@Injectable()
export class PlaceKeeper implements Reactor {
  readonly name = 'workflow.places';
  readonly runs = 'once';
  readonly handles = ['RunPlaceLeft'];

  constructor(
    @Inject(PLACES) private readonly places: Places,
    @Inject(COMMAND_BUS) private readonly bus: CommandBus,
  ) {}

  async react(event: RecordedEvent): Promise<void> {
    const { tenant, correlationId } = event.meta;
    const { queue: id, turn } = event.data as RunEventOf<'RunPlaceLeft'>['data'];
    const queue = { tenant, queue: id };
    const admitted = await this.places.leave(queue, { run: idOf(event.stream), turn });
    for (const next of admitted) {
      const context = { principal, tenant, correlationId, causationId: event.id, commandId: derivedId('admit', next.run, next.turn) };
      try {
        await this.bus.send({ type: 'AdmitRun', data: next }, context);
      } catch (error) {
        // Its owner was quicker at the append: asked again until it is answered.
        if (!(error instanceof Rejection) || error.code === 'REQUEST_CONFLICT') throw error;
      }
    }
    if (admitted.length > 0) await this.places.told(queue, admitted);
  }
}
