import { describe, expect, onTestFinished, test } from 'vitest'
import type { CommittedLogEvent } from '../../../src/storage/index.ts'
import { openServer, type TestServer } from '../../support/server.ts'

async function open(): Promise<TestServer> {
  const server = await openServer()
  onTestFinished(() => server.close())
  return server
}

async function audited(server: TestServer): Promise<readonly CommittedLogEvent[]> {
  return (await server.logs()).filter(({ type }) => type === 'sapi' || type === 'fapi')
}

const stream = {
  name: 'Collector',
  type: 'http',
  sink: { httpEndpoint: 'https://127.0.0.1:9/', httpAuthorization: 'Bearer collector-secret' },
}

describe('what the tenant log tells of the Management API', () => {
  test('a change is told, with who made it, by which call, and no word of what was sent or answered', async () => {
    const server = await open()
    const answer = await server.manage('POST', '/log-streams', stream, { 'user-agent': 'terraform/1.0' })
    expect(answer.status).toBe(200)
    const [entry, ...others] = await audited(server)
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      type: 'sapi',
      description: 'POST /log-streams',
      client_id: server.managementClient.client_id,
      client_name: 'Symbolon management',
      ip: '127.0.0.1',
      user_agent: 'terraform/1.0',
      tenant_name: 'example',
      details: {
        request: {
          method: 'post',
          path: '/api/v2/log-streams',
          channel: 'api',
          ip: '127.0.0.1',
          auth: { strategy: 'jwt', credentials: { scopes: expect.arrayContaining(['create:log_streams']) } },
        },
        response: { statusCode: 200 },
      },
    })
    expect(JSON.stringify(entry)).not.toContain('collector-secret')
    expect(JSON.stringify(entry)).not.toContain('Collector')
  })

  test('it is told before the answer is', async () => {
    const server = await open()
    for (let count = 1; count <= 5; count += 1) {
      await server.manage('DELETE', '/log-streams/lst_0000000000000000')
      expect(await audited(server)).toHaveLength(count)
    }
  })

  test('a refused change is told, with the reason', async () => {
    const server = await open()
    await server.manage('PATCH', '/log-streams/lst_0000000000000000', { status: 'paused' })
    expect(await audited(server)).toMatchObject([
      {
        type: 'fapi',
        description: 'The log stream does not exist.',
        details: { response: { statusCode: 404 }, request: { path: '/api/v2/log-streams/lst_0000000000000000' } },
      },
    ])
  })

  test('whoever may not read is told of, whoever may is not', async () => {
    const server = await open()
    await server.manage('GET', '/log-streams')
    await server.manage('GET', '/log-streams/lst_0000000000000000')
    expect(await audited(server)).toEqual([])
    const { access_token } = (await server.token()).body
    await server.manage('GET', '/log-streams', undefined, { authorization: `Bearer ${access_token}` })
    await server.send('/api/v2/log-streams?token=in-the-query')
    const entries = await audited(server)
    expect(entries).toMatchObject([
      { type: 'fapi', client_id: null, client_name: '', description: expect.stringContaining('Bad audience') },
      {
        type: 'fapi',
        client_id: null,
        description: 'Missing authentication',
        details: { response: { statusCode: 401 }, request: { auth: { credentials: { scopes: [] } } } },
      },
    ])
    expect(JSON.stringify(entries)).not.toContain('in-the-query')
  })

  test('a call that this server does not have is not told of', async () => {
    const server = await open()
    await server.manage('GET', '/rules')
    await server.manage('POST', '/rules', {})
    expect(await audited(server)).toEqual([])
  })
})
