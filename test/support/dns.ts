import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A DNS server on 127.0.0.1 that answers every question for an IPv4 address with the same one. */
export interface DnsServer {
  /** `127.0.0.1:PORT`, as `setServers` takes it. */
  readonly address: string
  /** The names it was asked for, in order. */
  readonly asked: readonly string[]
  close(): void
}

/** Opens one; the caller closes it. */
export async function openDnsServer(answer: string): Promise<DnsServer> {
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12)
    asked.push(nameOf(query.subarray(12, end)))
    // RFC 1035 §4.1: the question again, and one A record that points at its name.
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(1, 6)
    header.fill(0, 8, 12)
    const question = query.subarray(12, end + 5)
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...answer.split('.').map(Number)])
    socket.send(Buffer.concat([header, question, record]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() }
}

function nameOf(labels: Buffer): string {
  const names: string[] = []
  for (let at = 0; at < labels.length; at += 1 + (labels[at] ?? 0)) {
    names.push(labels.toString('latin1', at + 1, at + 1 + (labels[at] ?? 0)))
  }
  return names.join('.')
}
