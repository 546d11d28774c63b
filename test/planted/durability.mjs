// What must turn red when processes are killed, disks rot and fill, and clocks are wrong.
const platform = 'libs/platform/src';
const harness = 'test/durability';

export default [
  {
    name: 'timer-on-the-wall-clock',
    file: `${platform}/time/system-time.ts`,
    find: `      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);`,
    replace: `      const until = Date.now() + milliseconds;
      const timer = setInterval(() => {
        if (Date.now() < until) return;
        clearInterval(timer);
        signal?.removeEventListener('abort', abort);`,
    test: `${harness}/clock-skew.spec.ts`,
    pattern: 'D-16',
  },
  {
    name: 'acknowledged-before-it-was-sent',
    file: `${platform}/event-store/group-appender.ts`,
    find: `      const results = await this.sendUntilAnswered(group.map((entry) => entry.item));`,
    replace: `      const sent = this.sendUntilAnswered(group.map((entry) => entry.item));
      sent.catch(() => undefined);
      const results: AppendResult[] = group.map(() => ({ ok: true, revision: 0n, position: '1', repeated: false }));`,
    test: `${harness}/append-kill.spec.ts`,
    pattern: 'D-01',
  },
  {
    name: 'commit-that-does-not-wait-for-the-disk',
    file: `${platform}/database/embedded/embedded-database.ts`,
    find: `    jit: 'off',`,
    replace: `    jit: 'off', synchronous_commit: 'off', wal_writer_delay: '1000',`,
    test: `${harness}/database-kill.spec.ts`,
    pattern: 'D-02',
  },
  {
    name: 'dead-database-stays-dead',
    file: `${platform}/database/embedded/embedded-database.ts`,
    find: `if (options.keepUp === false ||`,
    replace: `if (options.keepUp !== undefined ||`,
    test: `${platform}/database/embedded/embedded-database.spec.ts`,
    pattern: 'is started again where it was',
  },
  {
    name: 'blob-served-unverified',
    file: `${platform}/blob/file-blobs.adapter.ts`,
    find: `if (blobIdOf(content) !== id) throw`,
    replace: `if (content.length === 0) throw`,
    test: `${harness}/bit-rot.spec.ts`,
    pattern: 'D-04.*in blobs',
  },
  {
    name: 'pages-without-checksums',
    file: `${platform}/database/embedded/cluster.ts`,
    find: `'--no-instructions',`,
    replace: `'--no-instructions', '--no-data-checksums',`,
    test: `${harness}/bit-rot.spec.ts`,
    pattern: 'D-04.*in the pages',
  },
  {
    name: 'exhaustion-taken-for-a-defect',
    file: `${platform}/event-store/failures.ts`,
    find: ` || EXHAUSTED.has(code)`,
    replace: ``,
    test: `${harness}/exhaustion.spec.ts`,
    pattern: 'no file descriptor',
  },
  {
    name: 'place-kept-before-it-was-handled',
    file: `${platform}/bus/progress.ts`,
    find: `return lowest === undefined ? this.scanned : (BigInt(lowest) - 1n).toString();`,
    replace: `return lowest === '' ? lowest : this.scanned;`,
    test: `${harness}/publish-kill.spec.ts`,
    pattern: 'D-13',
  },
];
