// The same host as a plain user: no uid of its own to give away, no control group, and still a cage where the kernel allows it (49).
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnOwned } from '@kari/platform/process';
import { hostileCases, titleOf } from '../../support/hostile-cases.js';
import { needs } from '../../support/needs.js';
import { plainFolder, type PlainFolder } from '../../support/plain-folder.js';
import { bundledProgram } from '../../support/programs.js';

const NOBODY = 65534;

interface Told {
  readonly uid: number;
  readonly report: { readonly level: string | null; readonly features: readonly string[]; readonly reason: string | null };
  readonly answer: unknown;
  /** Title of each hostile case, and what was wrong with its end. */
  readonly faults: readonly (readonly [string, readonly string[]])[];
}

let plain: PlainFolder;
let told: Told;

needs(
  'linux',
  'bwrap-plain',
  'plain-checkout',
)('a host that is a plain user', () => {
  beforeAll(async () => {
    plain = await plainFolder();
    const { folder, runner } = plain;
    const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawnOwned(process.execPath, [await bundledProgram('plain-user-host'), runner], {
      kind: 'plain-user-host',
      // The fixtures are read from here.
      cwd: process.cwd(),
      environment: { TMPDIR: folder },
      ...asNobody,
    });
    let output = '';
    let errors = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const { code } = await child.exited;
    if (code !== 0) throw new Error(errors);
    told = JSON.parse(output) as Told;
  }, 120_000);
  afterAll(() => plain.remove());

  it('proves the cage and names what it lacks for more', () => {
    expect(told.uid).not.toBe(0);
    expect(told.report.features).toEqual(expect.arrayContaining(['setpriv', 'schedidle', 'prlimit', 'bwrap', 'seccomp']));
    expect(['L1+cage', 'L2']).toContain(told.report.level);
    if (told.report.level === 'L1+cage') expect(told.report.reason).toMatch(/cgroup|control group/);
  });

  it('runs an extension there', () => expect(told.answer).toBe('from a plain user'));

  it.each(hostileCases.map((one) => [titleOf(one)] as const))(
    '%s ends as foreseen there, too, the host answers, and nobody else notices',
    (title) => expect(told.faults.find(([named]) => named === title)?.[1]).toEqual([]),
  );
});
