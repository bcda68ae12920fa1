import type { VersionContent } from './pool.ts'

/** Which parts of one code ran: an action's, or that of a module it pins, by their places in what was loaded. */
export interface RanCode {
  readonly action: number
  readonly module?: number
  /** In order and without a gap, over the code as it was given; none where they were too many to be told. */
  readonly ranges: readonly RanRange[]
}

/** Offsets in characters, and how often what is between them ran. */
interface RanRange {
  readonly start: number
  readonly end: number
  readonly count: number
}

/** What ran of one file, out of a `coverage` frame; throws when the text is not what our child program sends. */
export function readCoverage(text: string, contents: readonly VersionContent[]): RanCode {
  const told: unknown = JSON.parse(text)
  if (!Array.isArray(told)) throw new Error('coverage that is none')
  const [file, ...numbers]: readonly unknown[] = told
  const [, action, module] = /^action-(\d+)(?:-module-(\d+))?\/(?:action|module)\.js$/.exec(String(file)) ?? []
  const version = contents[Number(action)]
  const code = module === undefined ? version?.code : version?.modules?.[Number(module)]?.code
  if (code === undefined || !numbers.every(isCount)) throw new Error('coverage that is none')
  const ranges: RanRange[] = []
  for (let index = 0; index < numbers.length; index += 3) {
    const [start = 0, end = 0, count = 0] = numbers.slice(index, index + 3)
    if (start < code.length && end > start) ranges.push({ start, end: Math.min(end, code.length), count })
  }
  return { action: Number(action), ...(module !== undefined && { module: Number(module) }), ranges: flat(ranges) }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** Ranges one after the other, of ranges within ranges: the innermost one counts. */
function flat(nested: readonly RanRange[]): readonly RanRange[] {
  const found: RanRange[] = []
  const around: RanRange[] = []
  let told = 0
  const tellUpTo = (end: number, { count }: RanRange): void => {
    if (end <= told) return
    const last = found.at(-1)
    if (last?.count === count) found.splice(-1, 1, { ...last, end })
    else found.push({ start: told, end, count })
    told = end
  }
  const leave = (upTo: number): void => {
    for (let inner = around.at(-1); inner !== undefined && inner.end <= upTo; inner = around.at(-1)) {
      tellUpTo(inner.end, inner)
      around.pop()
    }
  }
  for (const range of nested.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    leave(range.start)
    const outer = around.at(-1)
    if (outer !== undefined) tellUpTo(range.start, outer)
    around.push(range)
  }
  leave(Number.POSITIVE_INFINITY)
  return found
}
