import { describe, expect, test } from 'vitest'
import { keywordLookup, replaceKeywords } from '../../../src/tenant-folder/keywords.ts'
import { sourceOf } from '../../../src/tenant-folder/source.ts'

const lookup = keywordLookup(
  { NAME: 'billing', LIST: ['a', 'b'], DOLLAR: "$&$1$'", EMPTY: '' },
  { NAME: 'x', PORT: '80' },
)

describe('keywords', () => {
  test.each([
    ['##NAME## is replaced by the text', '{"name": "##NAME##-eu"}', '{"name": "billing-eu"}'],
    ['@@LIST@@ is replaced by the value as JSON', 'scopes: @@LIST@@', 'scopes: ["a","b"]'],
    ['double quotes around @@LIST@@ go with it', '{"scopes": "@@LIST@@"}', '{"scopes": ["a","b"]}'],
    ['@@NAME@@ of a text brings its quotes', '{"name": @@NAME@@}', '{"name": "billing"}'],
    ['##LIST## of a list is its JSON', 'const list = ##LIST##', 'const list = ["a","b"]'],
    ['a value with dollar signs is taken as it is', '##DOLLAR##', "$&$1$'"],
    ['an empty value is a value', '[##EMPTY##]', '[]'],
    ['two keywords may touch', '##NAME####PORT##', 'billing80'],
    ['what only looks like a keyword stays', '## Heading ##, ####, a@@b, @@ @@', '## Heading ##, ####, a@@b, @@ @@'],
  ])('%s', (_, text, expected) => {
    expect(replaceKeywords(text, lookup)).toMatchObject({ text: expected, unresolved: [] })
  })

  test('a mapping goes before the environment, and a name like "constructor" is no keyword of its own', () => {
    expect(replaceKeywords('##NAME## ##PORT##', lookup).text).toBe('billing 80')
    expect(replaceKeywords('##constructor##', lookup).unresolved).toEqual([{ keyword: '##constructor##', offset: 0 }])
  })

  test('a keyword without a value stays and is reported with its line', () => {
    const source = sourceOf('clients/a.json', '{\n  "name": "##NAME##",\n  "x": "@@MISSING@@"\n}', lookup)
    expect(source.text).toContain('"@@MISSING@@"')
    expect(source.unresolved).toEqual([{ keyword: '@@MISSING@@', line: 3 }])
  })

  test('a place in the replaced text leads back to the line and column on disk', () => {
    const many = keywordLookup({ LINES: 'one\ntwo\nthree' })
    const source = sourceOf('a.yaml', 'a: ##LINES##\nb: ##LINES##!\nc', many)
    expect(source.positionAt(source.text.indexOf('two'))).toEqual({ line: 1, column: 4 })
    expect(source.positionAt(source.text.indexOf('b:'))).toEqual({ line: 2, column: 1 })
    expect(source.positionAt(source.text.indexOf('!'))).toEqual({ line: 2, column: 13 })
    expect(source.positionAt(source.text.indexOf('\nc') + 1)).toEqual({ line: 3, column: 1 })
  })
})
