import { placesSuite } from '../../../../test/ports/places.suite.js';
import { MemoryPlaces } from './memory-places.adapter.js';

placesSuite('memory', () => {
  const places = new MemoryPlaces();
  return Promise.resolve({ process: () => places, end: () => Promise.resolve() });
});
