import { makePair, type Pair } from './certificate-pair.ts'

/** A certificate authority that is kept nowhere: it ends with whoever holds it. */
export interface PassingAuthority {
  /** The authority's certificate, PEM: what clients are to trust. */
  readonly certificate: string
  /** The key of a server of these hosts and addresses, and its certificate. Made at the first call, the same at every further one. */
  pairOf(names: readonly string[]): Promise<Pair>
}

/** Nothing but its holder's own processes trusts it, so it need not be over soon. */
const days = 3_650

/** Makes a certificate authority with a key of its own. `clock`: milliseconds since the epoch. */
export async function makePassingAuthority(clock: () => number): Promise<PassingAuthority> {
  const authority = await makePair({ name: 'Symbolon, for one process', days, nowMs: clock() })
  const pairs = new Map<string, Promise<Pair>>()
  return {
    certificate: authority.cert,
    pairOf: (names) => {
      const key = names.join(' ')
      // The name of a host may be too long for one of a subject, where nobody looks for it.
      const pair = pairs.get(key) ?? makePair({ name: 'a server', days, nowMs: clock(), authority, names })
      pairs.set(key, pair)
      return pair
    },
  }
}
