import Type from 'typebox'
import { guesses } from '../domain/index.ts'
import { operation } from './operation.ts'
import { ManagementRefusal } from './refusals.ts'
import { DayOfStats } from './schemas/log.ts'

const dayMs = 24 * 60 * 60 * 1_000

const DailyQuery = Type.Object(
  { from: Type.Optional(Type.String()), to: Type.Optional(Type.String()) },
  { additionalProperties: false },
)

/** `GET /stats/daily`: how many tokens were issued each day (UTC), as `logins`; days without any are left out. */
export const listDailyStats = operation(
  { query: DailyQuery, answer: Type.Array(DayOfStats) },
  async ({ query }, { logs, clock }) => {
    const to = query.to === undefined ? isoDay(clock()) : parseDay('to', query.to)
    const from =
      query.from === undefined
        ? isoDay(Date.parse(`${to}T00:00:00.000Z`) - (guesses.statsDays - 1) * dayMs)
        : parseDay('from', query.from)
    const days = await logs.countByDay('seccft', from, to)
    return days.map(({ day, count }) => {
      const date = `${day}T00:00:00.000Z`
      const end = Math.min(Date.parse(date) + dayMs - 1, clock())
      return {
        date,
        logins: count,
        signups: 0,
        leaked_passwords: 0,
        created_at: date,
        updated_at: new Date(end).toISOString(),
      }
    })
  },
)

/** `GET /stats/active-users`: none, for a tenant without users; its clients are no users at Auth0 either. */
export const countActiveUsers = operation({ answer: Type.Integer() }, async () => 0)

/** `YYYYMMDD` as `YYYY-MM-DD`. */
function parseDay(name: string, text: string): string {
  const day = /^\d{8}$/.test(text) ? text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3') : ''
  const date = Date.parse(`${day}T00:00:00.000Z`)
  if (Number.isNaN(date) || isoDay(date) !== day) throw new ManagementRefusal('stats-day-unreadable', { name, text })
  return day
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
