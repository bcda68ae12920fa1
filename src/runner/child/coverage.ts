import type { Profiler } from 'node:inspector'
import { pathToFileURL } from 'node:url'
import { codeParameters } from './compile.ts'

const { stringify } = JSON
const { byteLength } = Buffer

/** Code that is being counted. */
export interface Counting {
  /** What has run since this was last called: a text for each file, as {@link frameTypes.coverage} says, of `limit` bytes at most. */
  take(limit: number): readonly string[]
}

/**
 * Begins to count, by blocks, what runs of all code that is compiled from now on. To be called before the lock-down, which leaves nobody a
 * way to the inspector, in a process without Node's permission model, which has none.
 *
 * @see Chrome DevTools Protocol, "Profiler": `startPreciseCoverage`
 */
export function startCounting(): Counting {
  const inspector = process.getBuiltinModule('node:inspector')
  const session = new inspector.Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const root = `${pathToFileURL(process.cwd()).href}/`
  return {
    take: (limit) => {
      let scripts: readonly Profiler.ScriptCoverage[] = []
      session.post('Profiler.takePreciseCoverage', (error, told) => {
        if (error === null) scripts = told.result
      })
      return scripts.flatMap(({ url, functions }) => {
        const file = url.startsWith(root) ? url.slice(root.length) : ''
        const [, kind] = /^action-\d+(?:-module-\d+)?\/(action|module)\.js$/.exec(file) ?? []
        if (kind !== 'action' && kind !== 'module') return []
        const whole = stringify([file, ...numbersOf(functions, codeParameters[kind].head.length)])
        return [byteLength(whole) <= limit ? whole : stringify([file])]
      })
    },
  }
}

/** Start, end and count of each range, from where the author's own text begins. */
function numbersOf(functions: readonly Profiler.FunctionCoverage[], begin: number): readonly number[] {
  return (
    functions
      .flatMap(({ ranges }) => ranges)
      // What is around the wrapper's function is not the author's.
      .filter(({ startOffset }) => startOffset > 0)
      .flatMap(({ startOffset, endOffset, count }) => [Math.max(0, startOffset - begin), endOffset - begin, count])
  )
}
