// A host that is not root: proves its level and runs every hostile extension at the best launcher. Run as a program, under another uid.
import { faultsOf, hostileCases, prepare, runAll, titleOf } from './hostile-cases.js';
import { SandboxWorld, tenantB } from './sandbox-world.js';

const [runner = ''] = process.argv.slice(2);
const world = await SandboxWorld.open({ level: 'proven', runner, limits: { total: 80, perTenant: 80 } });
const report = world.isolation.report();
await prepare(world);
const answer = await world.call('self.echo', 'from a plain user', { tenant: tenantB, extension: 'acme.innocent' });
const faults = await Promise.all(
  [...runAll(world, hostileCases)].map(async ([one, outcome]) => [
    titleOf(one),
    await outcome.then(
      (ended) => faultsOf(one, ended),
      (error: unknown) => [String(error)],
    ),
  ]),
);
await world.close();
process.stdout.write(JSON.stringify({ uid: process.getuid?.(), report, answer, faults }));
