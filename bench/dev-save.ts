/**
 * Measures how long after a save of an Action `symbolon dev` answers an exchange by the new code: of the quickstart's folder, and of one file.
 * Asserts nothing.
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { askForToken, endPrograms, freshFolder, quickstartCopy, startDev } from '../test/support/dev-process.ts'
import { line, median } from './pool.ts'

const saves = Number(process.argv[2] ?? 20)
/** Milliseconds between two questions whether the new code answers. */
const questionMs = 5

function stamped(stamp: number): string {
  return `exports.onExecuteCredentialsExchange = async (event, api) => { api.accessToken.setCustomClaim('stamp', ${stamp}) }\n`
}

async function measure(name: string, source: string, file: string): Promise<void> {
  const server = await startDev(source)
  const [client] = (await server.devFile()).clients
  const stamp = async () => {
    const answer = await askForToken(server.url, client)
    if (answer.status !== 200) throw new Error(`an exchange failed: ${server.output()}`)
    const { access_token }: { readonly access_token: string } = JSON.parse(await answer.text())
    return decodeJwt(access_token).stamp
  }
  const passed = () => new Promise((resolve) => setTimeout(resolve, questionMs))
  const took: number[] = []
  for (let save = 1; save <= saves; save++) {
    const startedAt = performance.now()
    await writeFile(file, stamped(save))
    while ((await stamp()) !== save) await passed()
    took.push(performance.now() - startedAt)
  }
  await server.stop()
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  line(`save to live, ${name}: p50`, `${median(took).toFixed(0)} ms`, 'bar 1000 ms')
  line('', `p99 ${at(0.99).toFixed(0)}, most ${at(1).toFixed(0)} ms`, `${saves} saves`)
}

process.stdout.write(
  `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; asked again ${questionMs} ms after each answer\n`,
)
try {
  const folder = await quickstartCopy()
  await measure('the quickstart', folder, join(folder, 'actions/enrich-token/code.js'))
  const file = join(await freshFolder(), 'action.js')
  await writeFile(file, stamped(0))
  await measure('one file', file, file)
} finally {
  await endPrograms()
}
