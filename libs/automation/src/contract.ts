// Published names of the automation context: what extensions publish travels as this one event type of the store.
export const automationEvents = {
  extensionEventPublished: 'ExtensionEventPublished',
  deliveryParked: 'EventDeliveryParked',
  deliveryRetried: 'EventDeliveryRetried',
  deliveryDropped: 'EventDeliveryDropped',
} as const;

/** Token of `EventDelivery`. */
export const EVENT_DELIVERY = Symbol('EventDelivery');

/** For the process that hosts sandboxes: hands published events to their subscribers while it runs. */
export interface EventDelivery {
  /** Call it once sandboxes may start. */
  start(): void;
  /** Lets deliveries in hand finish; what was not acknowledged comes again later. */
  stop(): Promise<void>;
}
