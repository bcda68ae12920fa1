import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshFolder } from '../support/dev-process.ts'
import { type ManagedServer, startManagedServe } from '../support/managed-server.ts'
import { exported, filesOf, folder, imported, onlyIncluded, patienceMs } from './auth0-deploy-cli/deploy.ts'
import { claims, idOf, workerToken } from './auth0-deploy-cli/deployed.ts'

let server: ManagedServer
let output: string
beforeAll(async () => {
  server = await startManagedServe({}, { longestMs: 600_000 })
  output = await freshFolder()
})

describe('auth0-deploy-cli 8 against an empty server of its own', () => {
  test(
    'imports a folder, and the actions of it shape the next token',
    async () => {
      await imported(server, folder, onlyIncluded)
      expect(claims(await workerToken(server))).toMatchObject({
        'https://deployed.example.com/greeting': 'hello, worker',
        'https://deployed.example.com/word': 'a word',
        scope: 'read:things',
      })
      const organization = idOf(await server.manage('GET', '/organizations/name/night'), 'id')
      expect(claims(await workerToken(server, { organization }))).toHaveProperty('org_id', organization)
    },
    patienceMs,
  )

  test(
    'exports what was imported',
    async () => {
      await exported(server, 'directory', output, onlyIncluded)
      const [given, got] = await Promise.all([filesOf(folder), filesOf(output)])
      expect(got).toMatchObject(expectedExport(given))
    },
    patienceMs,
  )
})

/** What an export of the folder has to hold: names where ids are, and no secret's value. */
function expectedExport(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const grant = 'grants/worker.json'
  return {
    ...Object.fromEntries(Object.entries(given).filter(([path]) => path !== grant)),
    'actions/shape-tokens.json': {
      ...Object(given['actions/shape-tokens.json']),
      secrets: [{ name: 'WORD' }],
      status: 'built',
    },
    [join('grants', 'worker-Deployed API.json')]: given[grant],
  }
}
