import { randomUUID } from 'node:crypto'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { CaseResult } from '../authoring/index.ts'
import { CommandFault, UsageFault } from './exit.ts'
import type { TestTotals } from './test-text.ts'
import { caseText } from './test-text.ts'

/** Refuses a file whose folder is not there: before cases are run, and not after. */
export async function demandFolderOf(file: string): Promise<void> {
  const isFolder = await stat(dirname(resolve(file))).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new UsageFault(`--junit ${file}: its folder is not there; make it, or give another file`)
}

/** Writes results as JUnit XML, a suite for each action: whole or not at all. */
export async function writeJunit(file: string, results: readonly CaseResult[], totals: TestTotals): Promise<void> {
  const aside = resolve(dirname(file), `.${randomUUID()}.xml`)
  try {
    await writeFile(aside, junitOf(results, totals))
    await rename(aside, file)
  } catch (error) {
    await rm(aside, { force: true })
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CommandFault(`--junit ${file}: cannot be written (${code}); give another file`)
  }
}

/** The XML itself. */
function junitOf(results: readonly CaseResult[], totals: TestTotals): string {
  const suites = Map.groupBy(results, ({ of }) => of.action)
  const all = element('testsuites', { name: 'symbolon test', ...countsOf(results), time: seconds(totals.ms) }, [
    ...[...suites].map(([name, cases]) => {
      const time = seconds(cases.reduce((sum, { ms }) => sum + ms, 0))
      return element('testsuite', { name, ...countsOf(cases), time }, cases.map(caseElement))
    }),
  ])
  return `<?xml version="1.0" encoding="UTF-8"?>\n${all}\n`
}

function caseElement(result: CaseResult): string {
  const { of, status, ms, mismatches } = result
  const inside: string[] = []
  if (of.skip !== undefined) inside.push(element('skipped', { message: of.skip }, []))
  if (status === 'failed') {
    const message = mismatches.map(({ member }) => member).join(', ')
    const text = caseText(result, { paint: (plain) => plain })
    inside.push(element('failure', { message, type: 'mismatch' }, [escaped(text)]))
  }
  return element('testcase', { name: of.name, classname: of.action, file: of.file, time: seconds(ms) }, inside)
}

function countsOf(results: readonly CaseResult[]) {
  const of = (status: CaseResult['status']) => `${results.filter((result) => result.status === status).length}`
  return { tests: `${results.length}`, failures: of('failed'), errors: '0', skipped: of('skipped') }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

function element(name: string, attributes: Readonly<Record<string, string>>, inside: readonly string[]): string {
  const written = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`)
  const head = `<${name}${written.join('')}`
  return inside.length === 0 ? `${head}/>` : `${head}>${inside.join('')}</${name}>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** A text as XML holds it, in an attribute too. What XML 1.0 cannot hold at all (§2.2) stands as U+FFFD. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // XML 1.0 §2.2 names what it holds.
      .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
      .replace(/[&<>"\n\t]/g, (sign) => entities[sign] ?? sign)
      .replaceAll('\r', '&#13;')
  )
}
