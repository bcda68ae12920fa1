import { type Processor, type SystemCall, systemCall } from '../../src/runner/hardening/syscalls.ts'

/** What a hostile script finds around it. */
export interface Surroundings {
  /** Numbers of the system calls it makes. */
  readonly calls: Readonly<Record<string, number>>
  readonly parent: number
  /** Another process of the user it runs as. */
  readonly victim: number
  readonly listedPort: number
  readonly unlistedPort: number
  /** Name of a listening unix socket without a file, and the path of one with a file. */
  readonly abstractSocket: string
  readonly socketFile: string
  /** A file to be made in a folder everyone may write to, which is not that of the script. */
  readonly outside: string
  /** A folder everyone may write to, with `file.txt` in it, and `own.txt` of the user it runs as. */
  readonly open: string
  readonly node: string
}

/** One forbidden thing: the expression of what became of it, and the two errors it may end with. */
export interface Attempt {
  readonly name: string
  /** An expression: the result of a system call, or an error's code. Anything else means that it went through. */
  readonly tries: string
  readonly refused: readonly (string | number)[]
  /** What keeps it from being shown without the launcher. */
  readonly alsoRefusedBare?: string
}

const EPERM = -1
const EACCES = -13
const ENOSYS = -38

/** What no account refuses: each goes through for the same user when nothing but the user is set. */
export const attempts: readonly Attempt[] = [
  { name: 'reads a file of the system', tries: "code(() => fs.readFileSync('/etc/passwd'))", refused: ['EACCES'] },
  { name: 'lists the root folder', tries: "code(() => fs.readdirSync('/'))", refused: ['EACCES'] },
  { name: 'lists processes', tries: "code(() => fs.readdirSync('/proc'))", refused: ['EACCES'] },
  {
    name: "reads another process' environment",
    tries: "code(() => fs.readFileSync('/proc/' + given.victim + '/environ'))",
    refused: ['EACCES'],
  },
  {
    name: "opens another process' memory",
    tries: "code(() => fs.openSync('/proc/' + given.victim + '/mem', 'r'))",
    refused: ['EACCES'],
  },
  {
    name: "opens its parent's memory",
    tries: "code(() => fs.openSync('/proc/' + given.parent + '/mem', 'r'))",
    refused: ['EACCES'],
    alsoRefusedBare: 'the parent is of another user',
  },
  {
    name: 'writes a file of the temporary folder',
    tries: "code(() => fs.writeFileSync(given.outside, 'x'))",
    refused: ['EACCES'],
  },
  {
    name: 'writes into its folder',
    tries: "code(() => fs.writeFileSync(given.open + '/new', 'x'))",
    refused: ['EACCES'],
  },
  { name: 'makes a folder', tries: "code(() => fs.mkdirSync(given.open + '/folder'))", refused: ['EACCES'] },
  { name: 'makes a link', tries: "code(() => fs.symlinkSync('/', given.open + '/link'))", refused: ['EACCES'] },
  {
    name: 'shortens a file',
    tries: "code(() => fs.truncateSync(given.open + '/file.txt'))",
    refused: ['EACCES'],
  },
  {
    name: 'lets others read a file of its user',
    tries: 'made("fchmodat", -100, Buffer.from(given.open + "/own.txt\\0"), 0o666)',
    refused: [EPERM],
  },
  {
    name: 'changes when a file of its user was written',
    tries: 'made("utimensat", -100, Buffer.from(given.open + "/own.txt\\0"), 0, 0)',
    refused: [EPERM],
  },
  {
    name: 'has another process signalled by a descriptor',
    tries: 'made("fcntl", made("socket", 2, 1, 0), 8, given.victim)',
    refused: [EPERM],
  },
  {
    name: 'removes a file',
    tries: "code(() => fs.unlinkSync(given.open + '/file.txt'))",
    refused: ['EACCES'],
  },
  {
    name: 'starts a shell',
    tries: "require('child_process').spawnSync('/bin/sh', ['-c', 'exit 0']).error?.code",
    refused: ['EPERM', 'EACCES'],
  },
  {
    name: 'starts Node again',
    tries: "require('child_process').spawnSync(given.node, ['--version']).error?.code",
    refused: ['EPERM', 'EACCES'],
  },
  { name: 'becomes another program', tries: 'made("execve")', refused: [EPERM] },
  {
    name: 'connects to a port that is not listed',
    tries: 'await connect({ port: given.unlistedPort })',
    refused: ['EACCES'],
  },
  { name: 'binds a TCP port', tries: 'await listen({ port: 0, host: "127.0.0.1" })', refused: ['EACCES', 'EPERM'] },
  { name: 'listens without binding', tries: 'made("listen", made("socket", 2, 1, 0), 1)', refused: [EPERM] },
  {
    name: 'connects to a unix socket without a file',
    tries: 'await connect({ path: given.abstractSocket })',
    refused: ['EPERM'],
  },
  {
    name: 'connects to a unix socket by its file',
    tries: 'await connect({ path: given.socketFile })',
    refused: ['EPERM'],
  },
  { name: 'signals another process', tries: 'code(() => process.kill(given.victim, 0))', refused: ['EPERM'] },
  { name: 'signals every process', tries: 'code(() => process.kill(-1, 0))', refused: ['EPERM'] },
  {
    name: 'changes the limits of another process',
    tries: 'made("prlimit64", given.victim, 4, 0, new BigUint64Array(2))',
    refused: [EPERM],
  },
  { name: 'reads memory of another process', tries: 'made("process_vm_readv", given.victim)', refused: [EPERM] },
  { name: 'takes descriptors of another process', tries: 'made("pidfd_open", given.victim, 0)', refused: [EPERM] },
  { name: 'moves to other namespaces', tries: 'made("unshare", 0)', refused: [EPERM] },
  { name: 'outlives its parent', tries: 'made("prctl", 1, 0)', refused: [EPERM] },
  { name: 'uses io_uring', tries: 'made("io_uring_setup", 0, 0)', refused: [ENOSYS] },
  { name: 'makes shared memory', tries: 'made("shmget", 0, 4096, 0o1600)', refused: [EPERM] },
  { name: 'opens multipath TCP, past the rules for ports', tries: 'made("socket", 2, 1, 262)', refused: [EPERM] },
  {
    name: 'connects while it sends, past the rules for ports',
    tries: 'made("sendto", made("socket", 2, 1, 0), new Uint8Array(1), 1, 0x20000000, address(given.unlistedPort), 16)',
    refused: [EPERM, EACCES],
  },
  { name: 'watches another process', tries: 'made("ptrace", 0x4206, given.victim, 0, 0)', refused: [EPERM] },
]

/** System calls that no JavaScript needs. Most are refused to any user but root; here to everyone, whatever the arguments. */
export const uselessCalls: readonly SystemCall[] = [
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'add_key',
  'request_key',
  'keyctl',
  'mount',
  'umount2',
  'pivot_root',
  'chroot',
  'open_tree',
  'move_mount',
  'fsopen',
  'mount_setattr',
  'setns',
  'kexec_load',
  'init_module',
  'finit_module',
  'delete_module',
  'personality',
  'name_to_handle_at',
  'open_by_handle_at',
  'pidfd_getfd',
  'pidfd_send_signal',
  'process_vm_writev',
  'kcmp',
  'quotactl',
  'swapon',
  'swapoff',
  'acct',
  'sethostname',
  'clock_settime',
  'syslog',
  'execveat',
  'tkill',
  'rt_sigqueueinfo',
  'socketpair',
  'msgget',
  'semget',
  'mq_open',
  'vmsplice',
]

const numbersGiven: readonly SystemCall[] = [
  ...uselessCalls,
  'clone',
  'execve',
  'fchmodat',
  'fcntl',
  'io_uring_setup',
  'listen',
  'pidfd_open',
  'prctl',
  'prlimit64',
  'process_vm_readv',
  'ptrace',
  'sendto',
  'shmget',
  'socket',
  'unshare',
  'utimensat',
]

/** The numbers of every call that an attempt makes. */
export function callNumbers(processor: Processor): Readonly<Record<string, number>> {
  const capget = processor === 'x64' ? 125 : 90
  return { capget, ...Object.fromEntries(numbersGiven.map((name) => [name, systemCall(name, processor)])) }
}

/** A script that makes every attempt and answers with what became of each, by its name. */
export const allAttempts = `
  ${scriptTools()}
  const ends = {}
  ${attempts.map(({ name, tries }) => `ends[${JSON.stringify(name)}] = ${tries}`).join('\n  ')}
  ends.useless = Object.fromEntries(given.useless.map((name) => [name, call(given.calls[name])]))
  ends.families = Object.fromEntries([1, 15, 17, 38, 40].map((family) => [family, made('socket', family, 3, 0)]))
  return ends`

/** What the expressions of attempts are written with. */
export function scriptTools(): string {
  return `
  const fs = require('fs')
  const net = require('net')
  const code = (attempt) => { try { attempt(); return 'went through' } catch (error) { return error.code } }
  const made = (name, ...registers) => call(given.calls[name], ...registers)
  const connect = (where) => new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', ...where })
    socket.once('connect', () => { socket.destroy(); resolve('went through') })
    socket.once('error', (error) => resolve(error.code))
  })
  const listen = (where) => new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (error) => resolve(error.code))
    server.listen(where, () => server.close(() => resolve('went through')))
  })
  const address = (port) => {
    const bytes = Buffer.alloc(16)
    bytes.writeUInt16LE(2, 0)
    bytes.writeUInt16BE(port, 2)
    bytes.writeUInt32BE(0x7f000001, 4)
    return bytes
  }`
}
