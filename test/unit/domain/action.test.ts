import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BuildStatus,
  buildMoves,
  type DraftBuild,
  isUnderWay,
  moveBuild,
  pinDependencies,
} from '../../../src/domain/index.ts'

const legal: readonly string[] = [
  'pending → building',
  'building → packaged',
  'building → failed',
  'building → pending',
  'packaged → built',
  'packaged → failed',
  'packaged → pending',
  'retrying → building',
  'retrying → pending',
  'built → pending',
  'failed → retrying',
  'failed → pending',
]

function statuses(): readonly BuildStatus[] {
  return ['pending', 'building', 'packaged', 'built', 'retrying', 'failed']
}

const moves = statuses().flatMap((from) => statuses().map((to) => ({ from, to })))

describe('a draft', () => {
  test.each(moves.filter(({ from, to }) => from !== to))(
    'goes from $from to $to only where that is legal',
    ({ from, to }) => {
      if (legal.includes(`${from} → ${to}`)) expect(moveBuild(from, to)).toBe(to)
      else expect(() => moveBuild(from, to)).toThrow(`a draft does not go from "${from}" to "${to}"`)
    },
  )

  test.each(statuses())('that is %s may stay so', (status) => {
    expect(moveBuild(status, status)).toBe(status)
  })

  test('is built by no way but building and packaged, wherever it starts', () => {
    const index = fc.nat({ max: 5 })
    fc.assert(
      fc.property(fc.constantFrom(...statuses()), fc.array(index, { maxLength: 20 }), (start, choices) => {
        const way: BuildStatus[] = [start]
        for (const choice of choices) {
          const [from] = way.slice(-1)
          const next = from === undefined ? [] : buildMoves[from]
          const to = next[choice % Math.max(1, next.length)]
          if (to !== undefined) way.push(to)
        }
        for (const [at, status] of way.entries()) {
          if (status === 'built' && at >= 2) expect(way.slice(at - 2, at)).toEqual(['building', 'packaged'])
        }
      }),
    )
  })

  test('can be edited in every status, and a build under way is told from one that ended', () => {
    for (const status of statuses()) expect(moveBuild(status, 'pending')).toBe('pending')
    expect(statuses().filter(isUnderWay)).toEqual(['building', 'packaged', 'retrying'])
  })
})

describe('the versions of packages', () => {
  const build: DraftBuild = {
    declared: [
      { name: 'a', version: 'latest' },
      { name: 'b', version: '^1.0.0' },
    ],
    dependencies: [
      { name: 'a', version: '3.2.1' },
      { name: 'b', version: '1.9.0' },
    ],
    built_at: '2026-01-01T00:00:00.000Z',
  }

  test('stay what they were resolved to as long as the declaration is the same, whatever comes beside them', () => {
    const declared = [
      { name: 'c', version: 'latest' },
      { name: 'a', version: 'latest' },
      { name: 'b', version: '^1.1.0' },
    ]
    expect(pinDependencies(declared, build)).toEqual([
      { name: 'c', version: 'latest' },
      { name: 'a', version: '3.2.1' },
      { name: 'b', version: '^1.1.0' },
    ])
    expect(pinDependencies(declared, undefined)).toEqual(declared)
  })
})
