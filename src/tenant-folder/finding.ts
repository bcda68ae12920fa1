/** Where in a tenant folder something stands: a path relative to the folder's root, and a line and a column (from 1) when known. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/** One thing wrong (or odd) in a tenant folder, in one line: what, the rule, the way out. */
export interface Finding {
  readonly place: Place
  readonly message: string
}

/** A finding as compilers print theirs: `file:line: message`, or `file: message` where no line is known. */
export function formatFinding(finding: Finding): string {
  const { file, line } = finding.place
  return line === undefined ? `${file}: ${finding.message}` : `${file}:${line}: ${finding.message}`
}

/** Findings by file, then by line (what has none comes first), then in the order they were made. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => {
    if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1
    return (a.place.line ?? 0) - (b.place.line ?? 0)
  })
}

/** Collects what one reading finds. An error keeps the folder from being served, a warning does not. */
export class FindingList {
  readonly errors: Finding[] = []
  readonly warnings: Finding[] = []

  error(place: Place, message: string): void {
    this.errors.push({ place, message })
  }

  warn(place: Place, message: string): void {
    this.warnings.push({ place, message })
  }
}
