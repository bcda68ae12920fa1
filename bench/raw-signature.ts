/**
 * A process that makes raw RSA-2048 signatures (RS256 over 600 bytes) when told, and answers with the CPU microseconds each took.
 * It lives as long as the benchmark, so that its samples lie between those of the servers.
 */
import { generateKeyPairSync, sign } from 'node:crypto'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const input = Buffer.alloc(600, 'a')

function sample(count: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) sign('sha256', input, privateKey)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

sample(1_000)
process.on('message', (count: number) => process.send?.(sample(count)))
process.send?.('ready')
