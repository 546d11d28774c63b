// The numbers of the system calls that the attacks make: those that the filter denies, and those that it leaves open.
import { deniedCalls } from '../../../libs/sandbox/src/launcher/seccomp.rules.js';

const openCalls: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  close: [3, 57],
  ioctl: [16, 29],
  clone: [56, 220],
  wait4: [61, 260],
  kill: [62, 129],
  setuid: [105, 146],
  rt_sigqueueinfo: [129, 138],
  setpriority: [141, 140],
  sched_setscheduler: [144, 119],
  setrlimit: [160, 164],
  chroot: [161, 51],
  sethostname: [170, 161],
  sched_getaffinity: [204, 123],
  clock_settime: [227, 112],
  exit_group: [231, 94],
  tgkill: [234, 131],
  openat: [257, 56],
  mknodat: [259, 33],
  unlinkat: [263, 35],
  linkat: [265, 37],
  prlimit64: [302, 261],
  kcmp: [312, 272],
  pidfd_open: [434, 434],
};

export const numbersOfCalls: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries({ ...openCalls, ...deniedCalls }).map(([name, [x64, arm64]]) => [name, process.arch === 'arm64' ? arm64 : x64]),
);
