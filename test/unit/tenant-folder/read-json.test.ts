import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FindingList, formatFinding } from '../../../src/tenant-folder/finding.ts'
import { itemOf } from '../../../src/tenant-folder/item.ts'
import { readJson } from '../../../src/tenant-folder/read-json.ts'
import { sourceOf } from '../../../src/tenant-folder/source.ts'

function read(text: string) {
  const findings = new FindingList()
  const parsed = readJson(
    sourceOf('a.json', text, () => undefined),
    findings,
  )
  return { parsed, errors: findings.errors.map(formatFinding), warnings: findings.warnings.map(formatFinding) }
}

describe('a JSON file', () => {
  test.each([
    ['{\n  "a": 1,\n}', 'a.json:3: not JSON: expected a key in double quotes, found "}" at column 1'],
    ['{"a": tru}', 'a.json:1: not JSON: expected a value, found "t" at column 7'],
    ['{"a" 1}', 'a.json:1: not JSON: expected ":", found "1" at column 6'],
    ['[1\n2]', 'a.json:2: not JSON: expected "," or "]", found "2" at column 1'],
    ['{"a": 1 "b": 2}', 'a.json:1: not JSON: expected "," or "}", found "\\"" at column 9'],
    ['["a\nb"]', 'a.json:1: not JSON: expected a text closed on its line, with valid escapes, found "\\"" at column 2'],
    ['', 'a.json:1: not JSON: expected a value, found the end of the file at column 1'],
    ['{} {}', 'a.json:1: not JSON: expected the end of the file, found "{" at column 4'],
    ['['.repeat(100_000), 'a.json:1: not JSON: nested deeper than 200 levels at column 202'],
  ])('%#: what is wrong is told with line and column', (text, error) => {
    expect(read(text)).toEqual({ parsed: undefined, errors: [error], warnings: [] })
  })

  test('each part is found on its line, a missing part on the line of what should hold it', () => {
    const { parsed } = read('\uFEFF{\n  "name": "a",\n  "scopes": [\n    {\n      "value": "x" }\n  ]\n}')
    if (parsed === undefined) throw new Error('not parsed')
    const item = itemOf(parsed)
    expect(item.placeOf([])).toEqual({ file: 'a.json', line: 1 })
    expect(item.placeOf(['scopes'])).toEqual({ file: 'a.json', line: 3 })
    expect(item.placeOf(['scopes', 0])).toEqual({ file: 'a.json', line: 4 })
    expect(item.placeOf(['scopes', 0, 'value'])).toEqual({ file: 'a.json', line: 5 })
    expect(item.placeOf(['scopes', 0, 'description'])).toEqual({ file: 'a.json', line: 4 })
    expect(itemOf(parsed, ['scopes', 0]).at(['value'])).toBe('x')
    expect(item.at(['toString'])).toBeUndefined()
  })

  test('a key named twice is a warning, and the last one counts', () => {
    const { parsed, warnings } = read('{\n"a": 1,\n"a": 2}')
    expect(parsed?.value).toEqual({ a: 2 })
    expect(warnings).toEqual(['a.json:3: key "a" is named twice; the last counts'])
  })

  test('it is JSON exactly when JSON.parse says so', () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text)
        return true
      } catch {
        return false
      }
    }
    const soup = fc.array(
      fc.constantFrom(...'{}[]:,"\\ \n0123.-+eEtruefalsn', '"a"', 'null', 'true', '\\u00e9', '\t', '\u0001'),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          soup.map((parts) => parts.join('')),
        ),
        (text) => {
          expect(read(text).errors.length === 0).toBe(isJson(text))
        },
      ),
      { numRuns: 3_000 },
    )
  })
})
