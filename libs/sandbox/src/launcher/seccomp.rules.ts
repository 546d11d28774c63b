// Builds the seccomp filter as classic BPF, without libseccomp or a compiler. A spec holds the SHA-256 of each architecture's program.

export type Architecture = 'x64' | 'arm64';

const AUDIT_ARCH: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const KILL_PROCESS = 0x80000000;
const ERRNO_EPERM = 0x00050001;
const ALLOW = 0x7fff0000;
/** Calls of the x32 ABI carry this bit: another set of numbers, past every check below. */
const X32_BIT = 0x40000000;

/** Call → its number on x64 and arm64. `execve` stays: bubblewrap needs it after the filter is loaded, and the tree holds only the engine. */
export const deniedCalls: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  socket: [41, 198],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  unshare: [272, 97],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  fanotify_init: [300, 262],
  fanotify_mark: [301, 263],
  execveat: [322, 281],
};

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, constant: number];

export function seccompFilter(architecture: Architecture): Uint8Array {
  const program: Instruction[] = [
    [LOAD, 0, 0, 4],
    [JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH[architecture]],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, 0],
  ];
  if (architecture === 'x64') program.push([JUMP_IF_AT_LEAST, 0, 1, X32_BIT], [RETURN, 0, 0, KILL_PROCESS]);
  for (const [x64, arm64] of Object.values(deniedCalls)) {
    program.push([JUMP_IF_EQUAL, 0, 1, architecture === 'x64' ? x64 : arm64], [RETURN, 0, 0, ERRNO_EPERM]);
  }
  program.push([RETURN, 0, 0, ALLOW]);
  return assembled(program);
}

function assembled(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(([code, jumpTrue, jumpFalse, constant], index) => {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jumpTrue);
    view.setUint8(index * 8 + 3, jumpFalse);
    view.setUint32(index * 8 + 4, constant, true);
  });
  return bytes;
}
