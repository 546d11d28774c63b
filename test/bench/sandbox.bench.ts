// Calling a plugin through host, broker pipe and sandbox at the highest level of this machine: warm, cold, many at once; and what an idle sandbox
// costs. The log is in memory here: what is measured is the sandbox, not the disk.
import { readFileSync } from 'node:fs';
import { treeOf } from '../../libs/sandbox/src/launcher/process-tree.adapter.js';
import { SandboxWorld, tenantA } from '../support/sandbox-world.js';
import { benchOptions, figure, report } from './harness.js';

const { rounds, seconds } = benchOptions({ rounds: 5, seconds: 3 });
const COLD_STARTS = 20;
const IDLE = 10;
const input = { text: 'x'.repeat(150), tags: ['a', 'b'], page: 7 };
const bundle = `export async function start() { return { handlers: ['plugin:note.echo'], async invoke(_, input) { return input; } }; }`;

const world = await SandboxWorld.open({ limits: { total: 200, perTenant: 200 } });
const level = world.isolation.report().level;
const call = (extension: string) => world.call('note.echo', input, { extension });

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0;
}

async function latencies(inFlight: number): Promise<{ readonly each: number[]; readonly perSecond: number }> {
  const each: number[] = [];
  const began = performance.now();
  const until = began + seconds * 1000;
  const worker = async () => {
    while (performance.now() < until) {
      const from = performance.now();
      await call('acme.warm');
      each.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { each, perSecond: (each.length / (performance.now() - began)) * 1000 };
}

/** Proportional set size of a whole tree: pages shared with others are counted by their share. */
function proportional(pid: number): number {
  return treeOf(pid).reduce(
    (sum, member) => sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024,
    0,
  );
}

function tell(line: { readonly figure: string } & Record<string, unknown>, words: string): void {
  report({ level, rounds, ...line });
  process.stdout.write(`${line.figure.padEnd(26)} ${words}\n`);
}

try {
  world.install(bundle, { extension: 'acme.warm' });
  for (let warming = 0; warming < 500; warming += 1) await call('acme.warm');
  for (const inFlight of [1, 32]) {
    const measured = [];
    for (let round = 0; round < rounds; round += 1) measured.push(await latencies(inFlight));
    const p50 = figure(measured.map(({ each }) => quantile(each, 0.5)));
    const p99 = figure(measured.map(({ each }) => quantile(each, 0.99)));
    const perSecond = figure(measured.map((one) => one.perSecond));
    tell(
      { figure: 'plugin call, warm', inFlight, p50, p99, perSecond },
      `${inFlight} in flight: p50 ${p50.median} ms, p99 ${p99.median} ms, ${perSecond.median} calls/s (${perSecond.low} to ${perSecond.high})`,
    );
  }

  const cold: number[] = [];
  for (let start = 0; start < COLD_STARTS; start += 1) {
    world.install(bundle, { extension: `acme.cold-${start}` });
    const from = performance.now();
    await call(`acme.cold-${start}`);
    cold.push(performance.now() - from);
  }
  const first = {
    p50: Number(quantile(cold, 0.5).toPrecision(4)),
    p95: Number(quantile(cold, 0.95).toPrecision(4)),
    max: Number(Math.max(...cold).toPrecision(4)),
  };
  tell(
    { figure: 'plugin call, cold', starts: COLD_STARTS, ...first },
    `first call of a stopped extension: p50 ${first.p50} ms, p95 ${first.p95} ms, max ${first.max} ms`,
  );

  const idle = world.host
    .statuses(tenantA)
    .flatMap(({ pid }) => (pid === null ? [] : [pid]))
    .slice(0, IDLE);
  const memory = figure(idle.map(proportional));
  tell(
    { figure: 'idle sandbox, PSS', sandboxes: idle.length, megabytes: memory },
    `${memory.median} MB each (${memory.low} to ${memory.high}) among ${world.host.runningCount}`,
  );
} finally {
  await world.close();
}
