import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import type { Json } from '../compose-try.ts'
import type { Environment } from '../config.ts'
import { errorCode, type Finding, formatFinding, type Path, readPlaced, sortFindings } from '../tenant-folder/index.ts'
import { ActionFinder } from './action-finder.ts'
import type { ActionCase } from './case.ts'
import { type CaseFault, readWrittenCase } from './case-form.ts'
import { planRun } from './case-plan.ts'
import { AuthoringFault } from './fault.ts'
import { shown } from './find-action.ts'
import { type CaseFile, findCaseFiles, placeOfFirstCase } from './find-cases.ts'

/** The cases that were found, by file and in their order there, and what their author should know. */
export interface CaseReading {
  readonly cases: readonly ActionCase[]
  readonly warnings: readonly string[]
}

/**
 * Reads the cases of a tenant folder, an action's folder or file, or one file of cases, and finds the actions that they are of. Refuses all of
 * them together, with one sentence for each mistake in any file, and a place that holds no case.
 */
export async function readCaseFiles(path: string, environment: Environment): Promise<CaseReading> {
  const actions = new ActionFinder(environment)
  const files = await findCaseFiles(path, environment, actions.readTenant)
  if (files.length === 0)
    throw new AuthoringFault(`${path} holds no case; write one, such as ${await placeOfFirstCase(path)}`)
  const faults = new Set<string>()
  const warnings = new Set<string>()
  const cases: ActionCase[] = []
  for (const file of files) {
    const read = await readCaseFile(file, actions)
    for (const fault of read.faults) faults.add(fault)
    for (const each of read.cases) {
      cases.push(each)
      for (const warning of each.plan.actions.flatMap((found) => found.warnings)) warnings.add(warning)
    }
  }
  if (faults.size > 0) throw new AuthoringFault([...faults].join('\n'))
  return { cases, warnings: [...warnings] }
}

async function readCaseFile(
  caseFile: CaseFile,
  actions: ActionFinder,
): Promise<{ readonly cases: readonly ActionCase[]; readonly faults: readonly string[] }> {
  const file = shown(caseFile.file)
  const text = await readFile(caseFile.file, 'utf8').catch((error: unknown) => ({ code: errorCode(error) }))
  if (typeof text !== 'string')
    return { cases: [], faults: [`${file}: cannot be read: ${text.code}; mend that, or move it out of "cases"`] }
  const { item, findings } = await readPlaced(file, text)
  const value = item?.at([]) ?? null
  const faults = [...findings]
  if (item !== undefined && (value === null || (Array.isArray(value) && value.length === 0)))
    faults.push({ place: { file }, message: 'holds no case; write one, or remove the file' })
  if (item === undefined || faults.length > 0) return { cases: [], faults: faults.map(formatFinding) }
  const isList = Array.isArray(value)
  const given: readonly Json[] = Array.isArray(value) ? value : [value]
  const cases: ActionCase[] = []
  const others: string[] = []
  for (const [index, each] of given.entries()) {
    const base: Path = isList ? [index] : []
    const { written, faults: own } = readWrittenCase(each)
    const found = (fault: CaseFault): Finding => ({
      place: item.placeOf([...base, ...fault.path]),
      message: fault.message,
    })
    faults.push(...own.map(found))
    if (own.length > 0) continue
    const { name = isList ? `${nameOf(file)} ${index + 1}` : nameOf(file), skip, expect = {} } = written
    const planned = await planRun(written, caseFile, actions)
    faults.push(...planned.faults.map(found))
    others.push(...planned.others)
    if (planned.plan === undefined) continue
    const { line } = item.placeOf(base)
    const sources = planned.plan.actions.flatMap((action) => action.files.map((each) => resolve(each)))
    cases.push({
      ...{ name, action: planned.action, file, expect, plan: planned.plan },
      ...(line !== undefined && { line }),
      ...(skip !== undefined && { skip }),
      files: [...new Set([caseFile.file, ...sources])],
    })
  }
  return { cases, faults: [...sortFindings(faults).map(formatFinding), ...others] }
}

function nameOf(file: string): string {
  return basename(file, extname(file))
}
