import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  askForToken,
  type DevProcess,
  freshFolder,
  save,
  startDev,
  symbolon,
  until,
  type Variables,
} from '../support/dev-process.ts'

/** What a debugger is told of a pause. */
interface Pause {
  readonly callFrames: readonly {
    readonly callFrameId: string
    readonly location: { readonly scriptId: string; readonly lineNumber: number }
  }[]
}

/** A debugger that is attached. */
interface Debugger {
  send(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>
  /** The pause that comes next, or is there. */
  paused(): Promise<Pause>
  /** The address of a script that the process has loaded, and its text. */
  script(scriptId: string | undefined): Promise<{ readonly url: string | undefined; readonly text: unknown }>
  readonly detached: Promise<unknown>
  detach(): void
}

/** Attaches a debugger as an editor does: looks for what is offered at the port, and follows asynchronous calls. */
async function attach(port: number): Promise<Debugger> {
  const targets: readonly { readonly webSocketDebuggerUrl: string }[] = JSON.parse(
    await (await fetch(`http://127.0.0.1:${port}/json/list`)).text(),
  )
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '')
  await once(socket, 'open')
  const answers = new Map<number, (result: Readonly<Record<string, unknown>>) => void>()
  const urls = new Map<string, string>()
  let pause = Promise.withResolvers<Pause>()
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result } = JSON.parse(String(data))
    if (id !== undefined) answers.get(id)?.(result)
    if (method === 'Debugger.scriptParsed') urls.set(params.scriptId, params.url)
    if (method === 'Debugger.paused') pause.resolve(params)
    if (method === 'Debugger.resumed') pause = Promise.withResolvers()
  })
  let sent = 0
  const send: Debugger['send'] = (method, params = {}) => {
    sent += 1
    const id = sent
    socket.send(JSON.stringify({ id, method, params }))
    return new Promise((resolve) => answers.set(id, resolve))
  }
  await send('Debugger.enable')
  await send('Debugger.setAsyncCallStackDepth', { maxDepth: 32 })
  const script = async (scriptId = '') => {
    const { scriptSource } = await send('Debugger.getScriptSource', { scriptId })
    return { url: urls.get(scriptId), text: scriptSource }
  }
  const detached = once(socket, 'close')
  return { send, script, paused: () => pause.promise, detached, detach: () => socket.close() }
}

const deadlineMs = 1_000

/** A server with one Action that debuggers reach. */
async function inspected(code: string) {
  const folder = await freshFolder()
  const file = join(folder, 'action.js')
  await save(folder, 'action.js', code)
  const server = await startDev(file, {
    args: ['--inspect', '0'],
    variables: { EXECUTION_DEADLINE_MS: String(deadlineMs), RUNNER_STUCK_MS: '500' },
  })
  const output = await server.printed('debuggers reach the Actions')
  const port = Number(/reach the Actions on 127\.0\.0\.1:(\d+)/.exec(output)?.[1])
  return { server, port, folder, url: pathToFileURL(file).href }
}

async function said(answering: Promise<Response>): Promise<unknown> {
  const answer = await answering
  if (answer.status !== 200) return answer.status
  const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
  return decodeJwt(access_token).said
}

const asked = async (server: DevProcess) => askForToken(server.url, (await server.devFile()).clients[0])

function claiming(statement: string, value: string): string {
  return `exports.onExecuteCredentialsExchange = async (event, api) => {
  let said = ${JSON.stringify(value)}
  ${statement}
  api.accessToken.setCustomClaim('said', said)
}
`
}

/** Has the process answer until more than a deadline has passed in it. */
async function beyondDeadline(attached: Debugger): Promise<void> {
  const since = performance.now()
  await until(
    async () => {
      await attached.send('Runtime.evaluate', { expression: '1' })
      return performance.now() - since > 2 * deadlineMs
    },
    () => 'the process does not answer its debugger',
  )
}

describe('symbolon dev --inspect', () => {
  test("stops at a breakpoint in the author's file, for longer than the deadline, and goes on", async () => {
    const code = claiming('', 'first')
    const { server, port, url } = await inspected(code)
    const editor = await attach(port)
    const { locations } = await editor.send('Debugger.setBreakpointByUrl', { url, lineNumber: 3 })
    expect(locations).toContainEqual(expect.objectContaining({ lineNumber: 3 }))
    const answering = said(asked(server))
    const { callFrames } = await editor.paused()
    const [{ callFrameId, location } = {}] = callFrames
    expect(location).toMatchObject({ lineNumber: 3 })
    // To the letter: an editor shows its own file only then.
    expect(await editor.script(location?.scriptId)).toEqual({ url, text: code })
    const { result } = await editor.send('Debugger.evaluateOnCallFrame', { callFrameId, expression: 'said' })
    expect(result).toMatchObject({ value: 'first' })
    await beyondDeadline(editor)
    await editor.send('Debugger.setVariableValue', {
      ...{ callFrameId, scopeNumber: 0, variableName: 'said' },
      newValue: { value: 'changed' },
    })
    await editor.send('Debugger.resume')
    expect(await answering).toBe('changed')
  })

  test('stops at a debugger statement only while a debugger is attached, and one that goes lets it run', async () => {
    const { server, port } = await inspected(claiming('debugger', 'first'))
    expect(await said(asked(server))).toBe('first')
    const editor = await attach(port)
    const answering = said(asked(server))
    await editor.paused()
    editor.detach()
    expect(await answering).toBe('first')
    expect(await said(asked(server))).toBe('first')
  })

  test('kills an Action that loops at its deadline, though a debugger is attached, and leads to the next process', async () => {
    const { server, port, folder } = await inspected(claiming('while (true);', 'never'))
    const editor = await attach(port)
    expect(await said(asked(server))).toBe(500)
    await editor.detached
    const from = server.output().length
    await save(folder, 'action.js', claiming('debugger', 'second'))
    await server.printed('is live', from)
    const again = await attach(port)
    const answering = said(asked(server))
    await again.paused()
    await again.send('Debugger.resume')
    expect(await answering).toBe('second')
  })

  test('a save lets what stands still run on, and the same port leads to the new code', async () => {
    const { server, port, folder } = await inspected(claiming('debugger', 'first'))
    const editor = await attach(port)
    const answering = said(asked(server))
    await editor.paused()
    await save(folder, 'action.js', claiming('debugger', 'second'))
    expect(await answering).toBe('first')
    await editor.detached
    await server.printed('is live')
    const again = await attach(port)
    const next = said(asked(server))
    await again.paused()
    await again.send('Debugger.resume')
    expect(await next).toBe('second')
  })

  test('Ctrl-C lets what stands still run on, and ends with 0', async () => {
    const { server, port } = await inspected(claiming('debugger', 'last'))
    const editor = await attach(port)
    const answering = said(asked(server))
    await editor.paused()
    expect(await server.stop()).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await answering).toBe('last')
  })

  test('refuses a port that is taken, one that is none, and a hardening that is demanded, in one line', async () => {
    const folder = await freshFolder()
    await save(folder, 'action.js', claiming('', 'first'))
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const start = (given: string, variables: Variables = {}) => {
      const own = { PORT: '0', DATA_DIR: join(folder, 'data'), ...variables }
      return symbolon(['dev', join(folder, 'action.js'), '--inspect', given], own)
    }
    try {
      expect(await start(port)).toMatchObject({
        exitCode: 1,
        stderr: `symbolon: port ${port} is taken: stop what listens there, or give another one with --inspect\n`,
      })
    } finally {
      taken.close()
    }
    expect(await start('70000')).toMatchObject({
      exitCode: 64,
      stderr: 'symbolon: --inspect is "70000"; it must be a port from 0 to 65535 (without it: 9229)\n',
    })
    // What is demanded is not taken away without a word.
    expect(await start('0', { RUNNER_HARDENING: 'required' })).toMatchObject({
      exitCode: 64,
      stderr:
        'symbolon: RUNNER_HARDENING is required, and with --inspect nothing keeps the Actions in: leave one out\n',
    })
  })
})
