// How much of a test runs: a slice with every change (T1), more in the long runs (T2), all of it in the campaign of one id (T3). Same code, bigger number.
const TIERS = ['t1', 't2', 't3'] as const;

export type Tier = (typeof TIERS)[number];

export interface Sizes {
  /** Kept so small that `npm test` stays within its time. */
  readonly t1: number;
  /** For `npm run test:long`. Default: `t1`. */
  readonly t2?: number;
  /** For `npm run campaign`. Default: `t2`. */
  readonly t3?: number;
}

/**
 * How many cycles, operations or cases the test of that id runs: `sizeOf('D-01', { t1: 25, t2: 250, t3: 1_000 })`. The id may say more after its
 * first word: `D-06 memory`. Reads `KARI_TEST_TIER` (`t1` by default, `t2` or `t3`). In a campaign `KARI_TEST_ID` names the one id that is meant,
 * `KARI_TEST_SIZE` overrides its size, and the tests of every other id stay at `t1`.
 */
export function sizeOf(id: string, sizes: Sizes): number {
  const given = process.env['KARI_TEST_SIZE'];
  if (!isMeant(id)) return sizes.t1;
  if (given !== undefined) return positive(given);
  const tier = testTier();
  return (tier === 't3' ? (sizes.t3 ?? sizes.t2) : tier === 't2' ? sizes.t2 : sizes.t1) ?? sizes.t1;
}

/** For a test's own patience: more work may take longer, the slice may not. */
export function testTier(): Tier {
  const given = process.env['KARI_TEST_TIER'] ?? 't1';
  const tier = TIERS.find((known) => known === given);
  if (tier === undefined) throw new Error(`KARI_TEST_TIER is "${given}"; it may be ${TIERS.join(', ')}`);
  return tier;
}

function isMeant(id: string): boolean {
  const meant = process.env['KARI_TEST_ID'];
  return meant === undefined || id.split(' ', 1)[0] === meant;
}

function positive(text: string): number {
  const size = Number(text);
  if (!Number.isSafeInteger(size) || size < 1) throw new Error(`KARI_TEST_SIZE is "${text}"; it must be a whole number above 0`);
  return size;
}

/** How long a test may take, in milliseconds: its own time for a slice, as long as a whole campaign for more. */
export function patienceFor(slice: number): number {
  return testTier() === 't1' ? slice : 170 * 60_000;
}
