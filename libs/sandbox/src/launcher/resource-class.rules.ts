// What each resource class may use. Enforced by the kernel at L2, by the supervisor's samples at L1.

export type ResourceClassName = 'S' | 'M' | 'L';

export interface ResourceClass {
  readonly name: ResourceClassName;
  /** V8 heap of one isolate, MiB. */
  readonly heapMegabytes: number;
  /** cgroup memory limit. */
  readonly memoryBytes: number;
  /** Resident memory at which the supervisor kills where the kernel does not. */
  readonly residentBytes: number;
  /** RLIMIT_DATA. */
  readonly dataBytes: number;
  /** Longest call, and the default. */
  readonly callMilliseconds: number;
  readonly bundleBytes: number;
  /** Long synchronous work is normal: while a call runs, its deadline is judged instead of the heartbeat. */
  readonly deadlineReplacesHeartbeat: boolean;
}

const MIB = 1024 * 1024;
/** What the engine itself reserves before it runs a line of code. */
const ENGINE_DATA = 544 * MIB;
const HEADROOM = 96 * MIB;
const ONE_WORKER = 522 * MIB;

export const resourceClasses: Readonly<Record<ResourceClassName, ResourceClass>> = {
  S: {
    name: 'S',
    heapMegabytes: 64,
    memoryBytes: 128 * MIB,
    residentBytes: 192 * MIB,
    dataBytes: 768 * MIB,
    callMilliseconds: 10_000,
    bundleBytes: 2 * MIB,
    deadlineReplacesHeartbeat: false,
  },
  M: large('M', 256, 512, 2 * 60_000),
  L: large('L', 512, 1024, 15 * 60_000),
};

function large(name: ResourceClassName, heapMegabytes: number, memoryMegabytes: number, callMilliseconds: number): ResourceClass {
  const memoryBytes = memoryMegabytes * MIB;
  return {
    name,
    heapMegabytes,
    memoryBytes,
    residentBytes: memoryBytes * 1.5,
    dataBytes: ENGINE_DATA + memoryBytes + HEADROOM + ONE_WORKER,
    callMilliseconds,
    bundleBytes: 16 * MIB,
    deadlineReplacesHeartbeat: true,
  };
}

/** Half a core, by quota or by token bucket. */
export const cpuShare = { periodMicroseconds: 100_000, quotaMicroseconds: 50_000 } as const;
export const processLimit = 32;
