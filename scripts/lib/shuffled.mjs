// The order of suites for `npm test -- --shuffle`: by the seed in KARI_TEST_ORDER, which is printed.
import { createHash } from 'node:crypto';

export default class ShuffledSequencer {
  sort(suites) {
    return suites
      .map((suite) => ({ suite, place: createHash('sha256').update(`${process.env.KARI_TEST_ORDER} ${suite.path}`).digest('hex') }))
      .sort((one, other) => (one.place < other.place ? -1 : 1))
      .map(({ suite }) => suite);
  }

  shard(suites) {
    return suites;
  }

  allFailedTests(suites) {
    return suites;
  }

  /** Durations are remembered by the ordinary order alone. */
  cacheResults() {}
}
