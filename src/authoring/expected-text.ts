import { createContext, Script } from 'node:vm'
import type { Json } from '../compose-try.ts'
import { errorCode } from '../tenant-folder/index.ts'
import type { ExpectedText } from './case.ts'

/** Milliseconds that a regular expression may take: some take years on a few dozen characters. */
const searchMs = 500

/** An expectation as it is told. */
export function textJson(expected: ExpectedText): Json {
  return typeof expected === 'string' ? expected : { matches: expected.matches }
}

/** Why what an expectation asks for cannot be found by it. */
export interface SearchFault {
  readonly fault: string
}

/** The place of the first of some texts that is as expected, -1 where none is, or why that cannot be told. */
export function findExpected(expected: ExpectedText, texts: readonly string[]): number | SearchFault {
  if (typeof expected === 'string') return texts.indexOf(expected)
  const context = createContext({ source: expected.matches, texts })
  try {
    return Number(search.runInContext(context, { timeout: searchMs }))
  } catch (error) {
    if (errorCode(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return { fault: `takes more than ${searchMs} ms to be found in what came; repeat less inside of what repeats` }
  }
}

const search = new Script("const sought = new RegExp(source, 'u'); texts.findIndex((text) => sought.test(text))")
