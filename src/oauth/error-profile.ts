import { refusals, type TokenRefusal } from './refusals.ts'

/** Whose statuses and codes a refusal is answered with: Auth0's, which its clients match on, or those of the RFCs. */
export type ErrorProfile = 'auth0' | 'strict'

/** What goes onto the wire for a refusal, but for the headers that every answer has. */
export interface RefusalAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const basicChallenge = 'Basic realm="token endpoint", charset="UTF-8"'

/**
 * A refusal as a profile answers it.
 *
 * `auth0`: the row of {@link refusals} as it stands, and a challenge for a client that used Basic alone. `strict`: the row's `strict` status
 * and code, a challenge with every 401, and a description of the characters that the RFC allows.
 *
 * @see RFC 6749 §5.2; RFC 8707 §2; RFC 9110 §15.5.2
 */
export function refusalAnswer(refusal: TokenRefusal, profile: ErrorProfile, usesBasic: boolean): RefusalAnswer {
  const isStrict = profile === 'strict'
  const { status, error } = (isStrict ? refusals[refusal.reason].strict : undefined) ?? refusal
  const { message, error_uri } = refusal
  return {
    status,
    headers: status === 401 && (isStrict || usesBasic) ? { 'www-authenticate': basicChallenge } : {},
    body: JSON.stringify({
      error,
      error_description: isStrict ? plainDescription(message) : message,
      ...(error_uri !== undefined && { error_uri }),
    }),
  }
}

/** RFC 6749 §5.2: a description has no quotation mark, no backslash and nothing beyond printable ASCII. */
function plainDescription(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/[^\x20-\x7e]/gu, '?')
}
