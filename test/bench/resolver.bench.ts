// The resolver in a large tenant: 500 packages of several versions each; one more install among them, a plan that cannot be, and a universe
// made to be hard, which must end.
import type { Candidate, ResolutionProblem, Wish } from '../../libs/package/src/resolution/problem.js';
import { resolve } from '../../libs/package/src/resolution/resolve.rules.js';
import { benchOptions, figure, report } from './harness.js';

const PACKAGES = 500;
const VERSIONS = ['1.0.0', '1.1.0', '1.2.0', '2.0.0', '2.1.0', '3.0.0-beta.1'];
const PLATFORM = { version: '1.0.0', services: ['kv', 'log'] };
const { rounds } = benchOptions({ rounds: 15, seconds: 0 });

const registered = universe();
const latest = registered.filter(({ version }) => version === '1.2.0');
const installed = latest.slice(0, PACKAGES - 1).map((manifest) => ({ manifest, enabled: true }));
const last = `acme.p${PACKAGES - 1}`;
measure(
  'resolve, all of 500 packages',
  question(
    registered.map(({ id }) => install(id)),
    [],
  ),
  'resolved',
);
measure('resolve, one more beside 499', question([install(last)], installed), 'resolved');
measure(
  'resolve, a rise among 500',
  question([{ act: 'upgrade', extension: last, range: null }], [...installed, { manifest: latest.at(-1)!, enabled: true }]),
  'resolved',
);
measure('explain, a conflict among 500', question([install(last), install('acme.p0', '^9.0.0')], installed), 'conflict');
measure('give up, 13 birds for 12 holes', pigeons(12), 'exhausted');

function install(extension: string, range: string | null = null): Wish {
  return { act: 'install', extension, range, enable: true };
}

/** Every package needs up to four before it; later versions ask for later ones. */
function universe(): readonly Candidate[] {
  return Array.from({ length: PACKAGES }, (_, place) =>
    VERSIONS.map((version): Candidate => {
      const needs = [1, 7, 31, 97].filter((step) => place - step >= 0 && place % step !== 1);
      const range = version.startsWith('1') ? '^1.0.0' : '>=1.1.0';
      const conflicts = place % 50 === 9 ? { [`acme.p${place - 3}`]: '3.x' } : {};
      const extensions = Object.fromEntries(needs.map((step) => [`acme.p${place - step}`, range]));
      return { id: `acme.p${place}`, version, platform: '*', dependencies: { extensions, conflicts } };
    }),
  ).flat();
}

function question(wishes: readonly Wish[], present: ResolutionProblem['installed']): ResolutionProblem {
  const once = new Map(wishes.map((wish) => [`${wish.act} ${wish.extension}`, wish]));
  return { platform: PLATFORM, registered, installed: present, wishes: [...once.values()] };
}

function pigeons(holes: number): ResolutionProblem {
  const birds = Array.from({ length: holes + 1 }, (_, bird) => `acme.bird-${bird}`);
  const versions = Array.from({ length: holes }, (_, hole) => `${hole + 1}.0.0`);
  const all = birds.flatMap((id) =>
    versions.map((version): Candidate => {
      const conflicts = Object.fromEntries(birds.filter((other) => other !== id).map((other) => [other, version]));
      return { id, version, platform: '*', dependencies: { conflicts } };
    }),
  );
  return { platform: PLATFORM, registered: all, installed: [], wishes: birds.map((id) => install(id)) };
}

function measure(what: string, asked: ResolutionProblem, expected: string): void {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const from = performance.now();
    const { outcome } = resolve(asked);
    // The first one warms up.
    if (round > 0) times.push(performance.now() - from);
    if (outcome !== expected) throw new Error(`${what}: ${outcome} instead of ${expected}`);
  }
  const value = figure(times);
  report({ figure: what, value, unit: 'ms' });
  console.log(`${what}: ${value.median} ms (${value.low} to ${value.high})`);
}
