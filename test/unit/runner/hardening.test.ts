import { describe, expect, test } from 'vitest'
import {
  demandHardening,
  describeLayers,
  type Hardening,
  launchCommand,
} from '../../../src/runner/hardening/hardening.ts'

const on = { active: true } as const
const off = (why: string) => ({ active: false, why }) as const
const found: Hardening = {
  uid: 61_184,
  launcher: { file: '/data/launcher.cjs', koffi: '/koffi/index.cjs' },
  layers: {
    noNewPrivileges: on,
    landlockFiles: on,
    landlockPorts: off('too old'),
    landlockSignals: off('too old'),
    seccomp: on,
    resourceLimits: on,
    parentDeath: on,
    ownUser: on,
  },
}
const launch = {
  node: '/usr/bin/node',
  nodeFlags: ['--permission'],
  program: '/data/child.cjs',
  folder: '/data/group',
  env: { TZ: 'UTC' },
  connectPorts: [443],
  dataBytes: 1_000,
  parent: 12,
} as const

describe('how a process is started', () => {
  test('without hardening it is Node with its flags and the program', () => {
    expect(launchCommand(undefined, launch)).toEqual({
      file: '/usr/bin/node',
      args: ['--permission', '/data/child.cjs'],
    })
  })

  test('without a launcher the user is changed to by whoever spawns it', () => {
    const { launcher, ...rest } = found
    expect(launcher).toBeDefined()
    expect(launchCommand(rest, launch)).toEqual({
      file: '/usr/bin/node',
      args: ['--permission', '/data/child.cjs'],
      uid: 61_184,
    })
  })

  test('the launcher is told of the layers that were found, and changes the user itself', () => {
    const { file, args, ...rest } = launchCommand(found, launch)
    expect(rest).toEqual({})
    expect([file, args[0], args.length]).toEqual(['/usr/bin/node', '/data/launcher.cjs', 2])
    expect(JSON.parse(args[1] ?? '')).toEqual({
      koffi: '/koffi/index.cjs',
      layers: ['noNewPrivileges', 'landlockFiles', 'seccomp', 'resourceLimits', 'parentDeath', 'ownUser'],
      reports: false,
      parent: 12,
      uid: 61_184,
      node: '/usr/bin/node',
      args: ['--permission', '/data/child.cjs'],
      env: { TZ: 'UTC' },
      readable: ['/data/group', '/data/child.cjs'],
      connectPorts: [443],
      dataBytes: 1_000,
    })
  })
})

test('what is missing is told with its reason, once for several layers', () => {
  expect(describeLayers(found)).toBe(
    'hardening: no-new-privileges, Landlock (files), seccomp, resource limits, death with the parent, user 61184; ' +
      'off: Landlock for ports, Landlock for signals (too old)',
  )
})

test('RUNNER_HARDENING=required names what it misses, and nothing that it can do without', () => {
  expect(() => demandHardening('required', found)).toThrow(
    'RUNNER_HARDENING=required cannot be kept: Landlock for ports is missing (too old). ' +
      'Mend that, or set RUNNER_HARDENING=auto to run with what there is',
  )
  expect(demandHardening('auto', found)).toBe(found)
  expect(demandHardening('off', found)).toBeUndefined()
})

test('a RUNNER_UID that cannot be changed to stops the start', () => {
  const asked = { ...found, askedUid: 7, layers: { ...found.layers, ownUser: off('the server does not run as root') } }
  for (const mode of ['auto', 'required'] as const) {
    expect(() => demandHardening(mode, asked)).toThrow('RUNNER_UID=7 cannot be kept: the server does not run as root')
  }
})
