import { randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { freshFolder, startServe } from '../support/dev-process.ts'

const client_id = 'ManagementClientId00000000000001'
const client_secret = 'a secret of management'.replaceAll(' ', '-')
const domain = 'auth.example.com'

async function settings() {
  const root = await freshFolder()
  // The user that actions run as passes through.
  await chmod(root, 0o711)
  return {
    root,
    variables: {
      PORT: '0',
      DATA_DIR: join(root, 'data'),
      DOMAIN: domain,
      TENANT: 'example',
      SEALING_KEY: randomBytes(32).toString('base64'),
    },
  }
}

async function managed(url: string, secret = client_secret): Promise<number> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id,
    client_secret: secret,
    audience: `https://${domain}/api/v2/`,
  })
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body })
  if (answer.status !== 200) return answer.status
  const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
  expect(String(decodeJwt(access_token).scope).split(' ')).toContain('create:clients')
  const headers = { authorization: `Bearer ${access_token}` }
  return (await fetch(`${url}/api/v2/tenants/settings`, { headers })).status
}

describe('a first client that manages symbolon serve', () => {
  test('is the one of the settings: on an empty store, and with another secret at the next start', async () => {
    const { root, variables } = await settings()
    const first = await startServe({
      ...variables,
      MANAGEMENT_CLIENT_ID: client_id,
      MANAGEMENT_CLIENT_SECRET: client_secret,
    })
    expect(await managed(first.url)).toBe(200)
    expect(first.output()).not.toContain(client_secret)
    expect((await first.stop('SIGTERM')).exitCode).toBe(0)

    const file = join(root, 'secret')
    await writeFile(file, 'another-secret-of-it\n')
    const second = await startServe({
      ...variables,
      MANAGEMENT_CLIENT_ID: client_id,
      MANAGEMENT_CLIENT_SECRET_FILE: file,
    })
    expect(await managed(second.url)).toBe(401)
    expect(await managed(second.url, 'another-secret-of-it')).toBe(200)
    expect((await second.stop('SIGTERM')).exitCode).toBe(0)

    const third = await startServe(variables)
    expect(await managed(third.url, 'another-secret-of-it')).toBe(200)
    expect((await third.stop('SIGTERM')).exitCode).toBe(0)
  }, 90_000)
})
