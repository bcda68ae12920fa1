import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { excerptOf } from '../authoring/index.ts'
import { type Finding, formatFinding } from '../tenant-folder/index.ts'

/** Characters of a line that a reader takes in. */
const longestLine = 160
/** What may stand beside something secret: such a line is not repeated. */
const mayHoldSecret = /\bvalue\b|secret|password|private|credential|token|pem\b|key/i

/**
 * Findings as they are told: each with the line of the file that it is at, below it, and a caret where the column is known. A line that may
 * hold a secret is left out, as is one of many characters. `root` is what the files are relative to.
 */
export function findingTexts(findings: readonly Finding[], root: string): Promise<readonly string[]> {
  return Promise.all(findings.map((finding) => findingText(finding, root)))
}

async function findingText(finding: Finding, root: string): Promise<string> {
  const { file, line, column } = finding.place
  const said = formatFinding(finding)
  // Its sentence may have its excerpt already.
  if (line === undefined || basename(file) === '.env' || finding.message.includes('\n')) return said
  const text = await readFile(resolve(root, file), 'utf8').catch(() => '')
  const [source, caret] = excerptOf(text.replace(/^\uFEFF/, ''), line, column ?? 1)?.split('\n') ?? []
  if (source === undefined || source.trim() === '' || source.length > longestLine || mayHoldSecret.test(source))
    return said
  return [said, source, ...(column === undefined ? [] : [caret])].join('\n')
}
