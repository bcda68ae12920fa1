import { isJsonObject, type JsonObject } from '../domain/index.ts'

/** Milliseconds an answer may take, all of it. */
const deadlineMs = 5_000
/** Bytes an answer may have. */
const mostBytes = 256 * 1_024

/**
 * The JSON object at a configured address. Throws for anything else: an address that is not https, a redirect, another status than 200, more
 * than 256 KiB, more than 5 s. Plain HTTP will do where that is allowed, for addresses of this machine itself.
 */
export async function fetchJson(address: string, allowsLoopbackHttp: boolean): Promise<JsonObject> {
  const url = URL.parse(address)
  const isAllowed = url?.protocol === 'https:' || (allowsLoopbackHttp && url?.protocol === 'http:' && isLoopback(url))
  if (url === null || !isAllowed) throw new Error(`${address} is not an https address`)
  const response = await fetch(url, {
    // Where it leads is not what was configured.
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(deadlineMs),
  }).catch((cause: unknown) => {
    throw new Error(`${address} cannot be fetched`, { cause })
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${address} answered ${response.status}`)
  }
  const value: unknown = JSON.parse(await textOf(response, address))
  if (!isJsonObject(value)) throw new Error(`${address} did not answer a JSON object`)
  return value
}

async function textOf(response: Response, address: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop early ends the transfer.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`${address} answered more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
