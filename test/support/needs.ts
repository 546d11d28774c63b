// Suites that need more than Node: what cannot run here is skipped loudly and counted as skipped, never as passed; `KARI_REQUIRE=bwrap,cgroup,root`
// turns a missing need into a failure.
import { describe, it } from '@jest/globals';
import { missing, type Need } from './probes.js';
import { keep } from './record.js';

/** A `describe` that runs only where every need is met: `needs('bwrap', 'cgroup')('the cage', () => ...)`. */
export function needs(...wanted: readonly Need[]): (title: string, suite: () => void) => void {
  const lacking = wanted.flatMap((need) => {
    const reason = missing(need);
    return reason === null ? [] : [{ need, reason }];
  });
  if (lacking.length === 0) return (title, suite) => describe(title, suite);
  const words = lacking.map(({ need, reason }) => `${need}: ${reason}`).join('; ');
  const required = (process.env['KARI_REQUIRE'] ?? '').split(',').filter((need) => lacking.some((lack) => lack.need === need));
  if (required.length > 0) {
    return (title) =>
      describe(title, () => {
        it(`needs ${required.join(', ')}, which this run requires`, () => {
          throw new Error(`KARI_REQUIRE names what is missing here: ${words}`);
        });
      });
  }
  return (title, suite) => {
    process.stderr.write(`SKIPPED "${title}": ${words}\n`);
    keep({ kind: 'skipped', title, reason: words });
    describe.skip(`${title} [skipped: ${words}]`, suite);
  };
}
