import { randomBytes } from 'node:crypto'
import { createAction, DraftBuilds } from '../../../src/deployment/index.ts'
import { openSealer } from '../../../src/keys/index.ts'
import { openSqliteStore } from '../../../src/storage/sqlite/store.ts'
import { openBundler } from '../../support/bundler.ts'

// Begins a build that its registry never lets end, and waits to be killed.
const [file = '', registry] = process.argv.slice(2)
const [store, { bundler }] = await Promise.all([openSqliteStore(file), openBundler(registry)])
const ports = { store, bundler, sealer: openSealer(new Uint8Array(32)), clock: Date.now, random: randomBytes }
const { id } = await createAction(
  {
    name: 'cut off',
    supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
    code: "exports.onExecuteCredentialsExchange = async () => require('small')",
    dependencies: [{ name: 'small' }],
    secrets: [{ name: 'KEY', value: 'pepper' }],
  },
  ports,
)
await new DraftBuilds(ports).build(id)
