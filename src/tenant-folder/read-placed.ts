import { extname } from 'node:path'
import { type Finding, FindingList } from './finding.ts'
import { type Item, itemOf } from './item.ts'
import { readJson } from './read-json.ts'
import { sourceOf } from './source.ts'

/**
 * Reads the text of a JSON or YAML file that stands beside the tenant's own, and remembers where each part of it stands. Keywords are left as
 * they are. A text that does not parse, or names a key twice, is a finding; without a value there is no item.
 */
export async function readPlaced(
  file: string,
  text: string,
): Promise<{ readonly item?: Item; readonly findings: readonly Finding[] }> {
  const findings = new FindingList()
  const source = sourceOf(file, text, () => undefined)
  const isJson = extname(file) === '.json'
  const parsed = isJson ? readJson(source, findings) : (await import('./read-yaml.ts')).readYaml(source, findings)
  return { ...(parsed !== undefined && { item: itemOf(parsed) }), findings: [...findings.errors, ...findings.warnings] }
}
