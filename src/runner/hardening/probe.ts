import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type LaunchOrder, type LaunchReport, type Layer, layerNames } from './order.ts'

const probeDeadlineMs = 10_000

/** Arguments of a Node that says so when it started, and could read a folder where that is there already. */
export function probeArguments(folder: string): readonly string[] {
  const code = existsSync(folder) ? `require('fs').readdirSync(${JSON.stringify(folder)});` : ''
  return ['--eval', `${code} console.log('started')`]
}

/** Runs the launcher once as ordered. What it reported, or a sentence why nothing can be said. */
export async function probeLauncher(file: string, order: LaunchOrder): Promise<LaunchReport | string> {
  const { output, failure } = await run(order.node, [file, JSON.stringify(order)], order.env)
  const [line = '', started] = output.split('\n')
  const report = parseReport(line)
  if (report === undefined) return `the launcher does not run here: ${failure ?? 'it reported nothing'}`
  return started === 'started' ? report : `Node does not start behind it: ${failure ?? 'it said nothing'}`
}

/** Whether Node starts as another user and can read a folder: a sentence when not. */
export async function probeUser(node: string, folder: string, uid: number): Promise<string | undefined> {
  const { output, failure } = await run(node, probeArguments(folder), { TZ: 'UTC' }, uid)
  return output === 'started\n' ? undefined : `Node does not start as user ${uid}: ${failure ?? 'it said nothing'}`
}

function run(
  node: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  uid?: number,
): Promise<{ readonly output: string; readonly failure?: string }> {
  const user = uid === undefined ? {} : { uid, gid: uid }
  return new Promise((resolve) => {
    const options = { env, timeout: probeDeadlineMs, killSignal: 'SIGKILL', cwd: '/', ...user } as const
    execFile(node, args, options, (error, output, complaint) => {
      const [line] = complaint
        .split('\n')
        .filter((each) => /\S/.test(each))
        .slice(-1)
      resolve(error === null ? { output } : { output, failure: line ?? error.message })
    })
  })
}

/** What the launcher printed, when it is a report. */
function parseReport(line: string): LaunchReport | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const entries = layerNames.flatMap((name) => {
    const layer = parseLayer(Reflect.get(value, name))
    return layer === undefined ? [] : [[name, layer] as const]
  })
  return Object.fromEntries(entries)
}

function parseLayer(value: unknown): Layer | undefined {
  if (typeof value !== 'object' || value === null || !('active' in value)) return undefined
  if (value.active === true) return { active: true }
  return { active: false, why: 'why' in value ? String(value.why) : 'it said nothing' }
}
