// The text record of a campaign, made from its parts and readable again, so that later parts can be added. No record, no claim.

/** One run as plain data. */
export function partOf({ id, size, circumstances, started, ended, counts, told, suites }) {
  return {
    id,
    ...circumstances,
    started: new Date(started).toISOString(),
    minutes: Math.round((ended - started) / 6_000) / 10,
    size: String(size),
    suites,
    tests: { passed: counts.passed, failed: counts.failed, skipped: counts.skipped },
    failures: counts.failures,
    seeds: told.filter(({ kind }) => kind === 'seed').map(({ id: of, seed }) => [of, seed]),
    counts: told.filter(({ kind }) => kind === 'counts').map(({ id: of, counts: said }) => [of, said]),
    skips: told.filter(({ kind }) => kind === 'skipped').map(({ title, reason }) => [title, reason]),
    verdict: verdictOf(counts, circumstances),
  };
}

function verdictOf({ passed, failed }, { dirty }) {
  if (failed > 0) return 'not kept';
  if (passed === 0) return 'no claim: nothing ran';
  return dirty ? 'no claim: the tree held changes that no commit has' : 'kept';
}

const DATA = /^```json\n(?<data>[\s\S]*)\n```$/m;

export function readParts(text) {
  const data = DATA.exec(text)?.groups?.data;
  if (data === undefined) throw new Error('the record that is there already cannot be read');
  return JSON.parse(data);
}

export function render(parts) {
  const commits = [...new Set(parts.map(({ commit }) => commit))];
  const lines = [
    `# ${parts[0].id}: record of a campaign`,
    '',
    'Written by `npm run campaign`; see [testing](../testing.md). Parts at one commit add up; a dirty tree proves nothing.',
    '',
    ...commits.flatMap((commit) =>
      ofCommit(
        commit,
        parts.filter((part) => part.commit === commit),
      ),
    ),
    '## The same as data',
    '',
    '```json',
    JSON.stringify(parts, null, 2),
    '```',
    '',
  ];
  return lines.join('\n');
}

function ofCommit(commit, parts) {
  const [first] = parts;
  const met = Object.entries(first.prerequisites).map(([need, reason]) => (reason === null ? need : `${need} (missing: ${reason})`));
  return [
    `## Commit ${commit.slice(0, 12)}`,
    '',
    `- verdict: **${together(parts)}**`,
    `- ${Object.entries(first.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(' · ')}`,
    `- prerequisites: ${met.join(', ')}`,
    ...totals(parts).map(([id, counts]) => `- ${id}: ${worded(counts)}`),
    ...parts.flatMap((part, index) => [
      '',
      `Part ${index + 1}, ${part.started}, ${part.minutes} min, size ${part.size}${part.dirty ? ', dirty tree' : ''}: ` +
        `${part.tests.passed} passed, ${part.tests.failed} failed, ${part.tests.skipped} skipped; ${part.verdict}`,
      '',
      `- seeds: ${part.seeds.map(([id, seed]) => `${id} ${seed}`).join(', ') || 'none'}`,
      ...part.failures.map((name) => `- failed: ${name}`),
      ...part.skips.map(([title, reason]) => `- skipped: ${title}, because ${reason}`),
    ]),
    '',
  ];
}

/** Only clean parts make a claim; one that failed unmakes it. */
function together(parts) {
  const failed = parts.find(({ verdict }) => verdict === 'not kept');
  return (failed ?? parts.find(({ verdict }) => verdict === 'kept') ?? parts[0]).verdict;
}

/** Sums of the clean parts by id and name; of what is no sum (a percentile, a word) the largest stays. */
function totals(parts) {
  const all = new Map();
  for (const [id, counts] of parts.filter(({ dirty }) => !dirty).flatMap((part) => part.counts)) {
    const known = all.get(id) ?? {};
    for (const [name, count] of Object.entries(counts)) known[name] = added(name, known[name], count);
    all.set(id, known);
  }
  return [...all];
}

function added(name, known, count) {
  if (known === undefined) return count;
  if (typeof count === 'string') return known === count ? known : `${known}; ${count}`;
  return /P\d+|longest|most/i.test(name) ? Math.max(known, count) : known + count;
}

function worded(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`)} ${count}`)
    .join(', ');
}
