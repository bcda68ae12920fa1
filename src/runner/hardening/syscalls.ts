/** The processors whose system calls are known here. */
export type Processor = 'x64' | 'arm64'

export function isProcessor(name: string): name is Processor {
  return name === 'x64' || name === 'arm64'
}

/** What a filter knows an audited architecture by. @see Linux, `include/uapi/linux/audit.h` */
export const auditArchitecture: Readonly<Record<Processor, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 }

type Numbers = readonly [x64: number, arm64: number]

/** Calls that the launcher makes. @see Linux, `arch/x86/entry/syscalls/syscall_64.tbl` and `scripts/syscall.tbl` */
const called = {
  bind: [49, 200],
  capset: [126, 91],
  close_range: [436, 436],
  connect: [42, 203],
  execve: [59, 221],
  fcntl: [72, 25],
  landlock_add_rule: [445, 445],
  landlock_create_ruleset: [444, 444],
  landlock_restrict_self: [446, 446],
  listen: [50, 201],
  openat: [257, 56],
  prctl: [157, 167],
  prlimit64: [302, 261],
  ptrace: [101, 117],
  seccomp: [317, 277],
  socket: [41, 198],
  unshare: [272, 97],
} as const satisfies Record<string, Numbers>

/** Calls that are judged by their arguments. */
const judged = {
  ioctl: [16, 29],
  clone: [56, 220],
  kill: [62, 129],
  sendmmsg: [307, 269],
  sendmsg: [46, 211],
  sendto: [44, 206],
  tgkill: [234, 131],
} as const satisfies Record<string, Numbers>

/** Calls that no JavaScript program needs, by what they are for. A processor without the call has -1. */
const denied = {
  // Other processes' memory, descriptors, signals and places in the scheduler.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  kcmp: [312, 272],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  pidfd_send_signal: [424, 424],
  tkill: [200, 130],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  setpriority: [141, 140],
  sched_setaffinity: [203, 122],
  sched_setattr: [314, 274],
  sched_setparam: [142, 118],
  sched_setscheduler: [144, 119],
  ioprio_set: [251, 30],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  // What a rule on files does not cover: who may do what with one, and when it was changed.
  chmod: [90, -1],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchmodat2: [452, 452],
  chown: [92, -1],
  fchown: [93, 55],
  lchown: [94, -1],
  fchownat: [260, 54],
  utime: [132, -1],
  utimes: [235, -1],
  futimesat: [261, -1],
  utimensat: [280, 88],
  setxattr: [188, 5],
  lsetxattr: [189, 6],
  fsetxattr: [190, 7],
  setxattrat: [463, 463],
  removexattr: [197, 14],
  lremovexattr: [198, 15],
  fremovexattr: [199, 16],
  removexattrat: [466, 466],
  file_setattr: [469, 469],
  // Before the third version of Landlock.
  truncate: [76, 45],
  // Programs and processes.
  execveat: [322, 281],
  fork: [57, -1],
  vfork: [58, -1],
  listen: [50, 201],
  socketpair: [53, 199],
  // Parts of the kernel with a history of holes.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  vmsplice: [278, 75],
  fanotify_init: [300, 262],
  fanotify_mark: [301, 263],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  personality: [135, 92],
  modify_ldt: [154, -1],
  iopl: [172, -1],
  ioperm: [173, -1],
  uselib: [134, -1],
  lookup_dcookie: [212, 18],
  nfsservctl: [180, 42],
  remap_file_pages: [216, 234],
  memfd_secret: [447, 447],
  lsm_set_self_attr: [460, 460],
  _sysctl: [156, -1],
  ustat: [136, -1],
  sysfs: [139, -1],
  // Memory and queues shared with other programs: no file names them, so no file rule covers them.
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  semget: [64, 190],
  semop: [65, 193],
  semctl: [66, 191],
  semtimedop: [220, 192],
  msgget: [68, 186],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  msgctl: [71, 187],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  // Namespaces and what is mounted where.
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  statmount: [457, 457],
  listmount: [458, 458],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  // The machine itself.
  reboot: [169, 142],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  create_module: [174, -1],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  vhangup: [153, 58],
  syslog: [103, 116],
} as const satisfies Record<string, Numbers>

/** Calls that must look as if the kernel had none of them: programs then fall back on what is judged. */
const missing = {
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
} as const satisfies Record<string, Numbers>

const numbers = { ...missing, ...denied, ...judged, ...called }

export type SystemCall = keyof typeof numbers

/** The number of a system call; -1 where the processor has none of that name. */
export function systemCall(name: SystemCall, processor: Processor): number {
  return numbers[name][processor === 'x64' ? 0 : 1]
}

/** Numbers of the calls that are always refused, and of those that are said not to exist. */
export function refusedCalls(processor: Processor): {
  readonly denied: readonly number[]
  readonly missing: readonly number[]
} {
  const of = (table: Readonly<Record<string, Numbers>>) =>
    Object.values(table)
      .map((pair) => pair[processor === 'x64' ? 0 : 1])
      .filter((number) => number >= 0)
  return { denied: of(denied), missing: of(missing) }
}
