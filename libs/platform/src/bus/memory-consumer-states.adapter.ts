// Places and parked messages in memory, for suites and simulation.
import { comparePositions, type Position } from '@kari/kernel';
import type { ConsumerStates, ParkedMessage } from './consumer-states.port.js';

export function memoryConsumerStates(): ConsumerStates {
  const places = new Map<string, Position>();
  let messages: ParkedMessage[] = [];
  const isSame = (message: ParkedMessage, group: string, key: string, position: Position): boolean =>
    message.group === group && message.key === key && message.position === position;
  return {
    place: (group) => Promise.resolve(places.get(group) ?? null),
    keepPlace: (group, position) => {
      const known = places.get(group);
      if (known === undefined || comparePositions(known, position) < 0) places.set(group, position);
      return Promise.resolve();
    },
    parked: (group, key) =>
      Promise.resolve(
        messages
          .filter((message) => message.group === group && (key === undefined || message.key === key))
          .sort((a, b) => comparePositions(a.position, b.position)),
      ),
    park: (message) => {
      messages = messages.filter((other) => !isSame(other, message.group, message.key, message.position));
      messages.push(message);
      return Promise.resolve();
    },
    release: (group, key, position) => {
      messages = messages.filter((message) => !isSame(message, group, key, position));
      return Promise.resolve();
    },
  };
}
