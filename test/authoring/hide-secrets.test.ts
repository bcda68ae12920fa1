import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { secretHider } from '../../src/authoring/hide-secrets.ts'

const values = {
  API_KEY: 'aB+c/d= e"f',
  PIN: '424242',
  PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----\n',
}
const action = { ...{ name: 'a', code: '', secrets: values, dependencies: [] }, runtime: 'node22', modules: [] }
const { text, json } = secretHider([{ action, files: [], warnings: [] }])

test('the value of a secret is hidden in each way that code writes it', () => {
  const written = [
    ...[JSON.stringify(values), inspect(values), inspect({ at: { below: values } }), `${inspect(values.PRIVATE_KEY)}`],
    `https://api.example.com/${encodeURI(values.API_KEY)}?key=${encodeURIComponent(values.API_KEY)}`,
    new URLSearchParams(values).toString(),
  ]
  for (const each of written) {
    expect(each).toMatch(/aB|MIIE/)
    expect(text(each)).not.toMatch(/aB|424242|MIIE/)
  }
  expect(json({ pin: 424_242, other: 1_424_242 })).toEqual({ pin: '[secret PIN]', other: 1_424_242 })
})
