import { isJsonObject } from '../domain/index.ts'

const patienceMs = 5_000
const longestAnswer = 65_536

/**
 * Asks a host for the server's metadata, over HTTPS as any client would: what keeps it from being answered by this server under that host, in
 * one sentence, `undefined` for nothing. Follows no redirect; nothing of another server's answer is told.
 */
export async function probeDomain(host: string): Promise<string | undefined> {
  const url = `https://${host}/.well-known/openid-configuration`
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patienceMs) })
    const issuer = issuerIn(answer.ok ? await boundedText(answer) : '')
    if (issuer === `https://${host}/`) return undefined
    return issuer === undefined
      ? `${url} answers, but not as this server does: point the domain here`
      : `${url} answers as another issuer: let the proxy in front pass on Host`
  } catch (error) {
    return `${url} cannot be reached: ${reasonOf(error)}`
  }
}

async function boundedText(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > longestAnswer) return ''
  }
  return text
}

function issuerIn(text: string): string | undefined {
  try {
    const document: unknown = JSON.parse(text)
    const issuer = isJsonObject(document) ? document.issuer : undefined
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}

/** What `fetch` wraps says what happened. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
