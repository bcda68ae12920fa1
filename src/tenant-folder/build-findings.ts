import { type Finding, formatFinding, sortFindings } from './finding.ts'
import type { FolderTenant } from './folder-tenant.ts'

/** What kept an action or a module of a folder from being built, by its name. */
export interface FailedBuild {
  readonly of: 'action' | 'module'
  readonly name: string
  /** The list that is to blame; the whole object where it is left out. */
  readonly member?: 'dependencies' | 'modules'
  readonly errors: readonly { readonly msg: string }[]
}

/** A folder that reads well and cannot be built: its mistakes, each at its place. What was served before still is. */
export class UnbuildableFolder extends Error {
  /** By file, then by line. */
  readonly findings: readonly Finding[]

  constructor(folder: FolderTenant, failures: readonly FailedBuild[]) {
    const findings = sortFindings(failures.flatMap((failure) => findingsOf(folder, failure)))
    super(findings.map(formatFinding).join('\n'))
    this.name = 'UnbuildableFolder'
    this.findings = findings
  }
}

function findingsOf(folder: FolderTenant, { of, name, member, errors }: FailedBuild): readonly Finding[] {
  const objects = of === 'action' ? folder.actions : (folder.modules ?? [])
  const object = objects.find((each) => each.name === name)
  if (object === undefined) throw new Error(`no ${of} named ${JSON.stringify(name)} is in the folder`)
  const place = (member === undefined ? undefined : object.listPlaces?.[member]) ?? object.place
  return errors.map(({ msg }) => ({ place, message: `the ${of} ${JSON.stringify(name)} cannot be built: ${msg}` }))
}
