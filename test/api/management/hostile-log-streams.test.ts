import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openLogReceiver } from '../../support/log-receiver.ts'
import { openServer, type TestServer } from '../../support/server.ts'

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-streams-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function open(environment: Readonly<Record<string, string>>): Promise<TestServer> {
  const server = await openServer({}, environment)
  onTestFinished(() => server.close())
  return server
}

describe('log streams that are to reach where they may not', () => {
  test('a link below the folder leads nowhere: not even a folder is made at its end', async () => {
    const [folder, outside] = [await freshFolder(), await freshFolder()]
    await symlink(outside, join(folder, 'link'))
    const server = await open({ LOG_STREAM_DIR: folder })
    await server.manage('POST', '/log-streams', { type: 'file', sink: { path: 'link/deep/er/a.log' } })
    await expect
      .poll(() => server.operatorLines.some((line) => line.includes('leads out of')), { timeout: 5_000 })
      .toBe(true)
    expect(await readdir(outside)).toEqual([])
  })

  test('the folder of the streams cannot be one that holds the data folder', async () => {
    const root = await freshFolder()
    const data = join(root, 'data')
    await mkdir(data)
    for (const folder of [data, root]) {
      await expect(openServer({}, { DATA_DIR: data, LOG_STREAM_DIR: folder })).rejects.toThrow(/LOG_STREAM_DIR/)
    }
  })

  test('an endpoint with a user and a password is refused, and repeated nowhere', async () => {
    const server = await open({ LOG_STREAMS_OVER_HTTP: 'on' })
    for (const httpEndpoint of ['https://user:hidden-word@127.0.0.1:9/', 'http://user:hidden-word@127.0.0.1:9/']) {
      const { status, text } = await server.manage('POST', '/log-streams', { type: 'http', sink: { httpEndpoint } })
      expect({ status, text }).toMatchObject({ status: 400, text: expect.stringContaining('httpAuthorization') })
      expect(text).not.toContain('hidden-word')
    }
    expect(JSON.stringify(await server.logs()) + server.operatorLines.join('')).not.toContain('hidden-word')
  })

  test('a stream over plain HTTP is not delivered any more once the setting that allowed it is gone', async () => {
    const receiver = await openLogReceiver()
    const environment = { DATA_DIR: join(await freshFolder(), 'data') }
    const first = await openServer({}, { ...environment, LOG_STREAMS_OVER_HTTP: 'on' })
    await first.manage('POST', '/log-streams', { type: 'http', sink: { httpEndpoint: receiver.url } })
    await receiver.until(() => receiver.batches.length > 0)
    await first.close()
    const count = receiver.batches.length
    const second = await open(environment)
    await second.token()
    await expect
      .poll(() => second.operatorLines.some((line) => line.includes('LOG_STREAMS_OVER_HTTP is gone')), {
        timeout: 5_000,
      })
      .toBe(true)
    expect(receiver.batches).toHaveLength(count)
  })

  test('of an endpoint that may not be used, the refusal and the log tell the host alone', async () => {
    const server = await open({})
    const httpEndpoint = 'http://collector.example.com/hooks/hidden-word?token=hidden-word'
    const { status, text } = await server.manage('POST', '/log-streams', { type: 'http', sink: { httpEndpoint } })
    expect({ status, text }).toMatchObject({
      status: 400,
      text: expect.stringContaining('http://collector.example.com'),
    })
    expect(text).not.toContain('hidden-word')
    expect(JSON.stringify(await server.logs())).not.toContain('hidden-word')
  })
})
