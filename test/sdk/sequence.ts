import { expect } from 'vitest'
import type { Answer, TestServer } from '../support/server.ts'

/** One request of a recorded sequence, and what has to come back. `{name}` in a path or a body stands for what an earlier step kept. */
export interface Step {
  /** Method and path below `/api/v2`, its query as the client writes it. */
  readonly call: string
  readonly body?: unknown
  readonly status: number
  /** What the answer's body holds, at least. */
  readonly answer?: unknown
  /** The whole body of the answer. */
  readonly exactly?: unknown
  /** What later steps need of the answer: a name, and the member of that value. */
  readonly keep?: Readonly<Record<string, string>>
  /** Asked again until the answer holds it, as the client does. */
  readonly until?: Readonly<Record<string, unknown>>
}

/** A request that succeeds. */
export function step(call: string, more: Omit<Step, 'call' | 'status'> & { readonly status?: number } = {}): Step {
  const [method = ''] = call.split(' ')
  const usual: Readonly<Record<string, number>> = { POST: 201, DELETE: 204 }
  return { call, status: usual[method] ?? 200, ...more }
}

/** Sends the steps one after another; fails at the first whose answer is another. Resolves with what was kept. */
export async function follow(
  server: TestServer,
  steps: readonly Step[],
  known: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const kept = new Map(Object.entries(known))
  const text = (value: string) => value.replaceAll(/\{(\w+)\}/g, (whole, name) => kept.get(name) ?? whole)
  const filled = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(filled)
    if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each)]))
  }
  for (const { call, body, status, answer, exactly, keep = {}, until } of steps) {
    const [method = '', path = ''] = text(call).split(' ')
    const send = () => server.manage(method, path, filled(body))
    let got = await send()
    for (let times = 0; until !== undefined && times < 2_000 && !holds(got, until); times += 1) got = await send()
    const where = `${method} ${path} ${JSON.stringify(filled(body)) ?? ''}`
    expect(got.status, `${where}: ${got.text}`).toBe(status)
    const whole: unknown = got.text === '' ? undefined : JSON.parse(got.text)
    if (until !== undefined) expect(whole, where).toMatchObject(until)
    if (answer !== undefined) expect(whole, where).toMatchObject(Object(filled(answer)))
    if (exactly !== undefined) expect(whole, where).toEqual(filled(exactly))
    for (const [name, member] of Object.entries(keep)) kept.set(name, String(got.body[member]))
  }
  return Object.fromEntries(kept)
}

function holds({ body }: Answer, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([name, value]) => body[name] === value)
}
