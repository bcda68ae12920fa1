import { expect, onTestFinished, test } from 'vitest'
import { handler, invocation, openPool } from '../../support/runner.ts'

/** What an action does before another one's module is loaded; what it finds it keeps. */
const attacks = {
  'replaces the compiler': `const vm = require('node:vm')
    const { compileFunction } = vm
    vm.compileFunction = (code, ...rest) => {
      kept.push(code)
      const compiled = compileFunction(code, ...rest)
      return (...outer) => { const inner = compiled(...outer); return (...given) => { kept.push(given); return inner(...given) } }
    }`,
  'replaces how lists become text': `const { join } = Array.prototype
    globalThis.kept = kept
    Array.prototype.join = function (...rest) {
      const text = Reflect.apply(join, this, rest)
      return text.includes('actions') ? \`) {}, (...given) => globalThis.kept.push(given) && function (\${text}\` : text
    }`,
  'replaces how texts are changed': `for (const name of ['replace', 'slice', 'startsWith']) {
      const original = String.prototype[name]
      String.prototype[name] = function (...rest) { kept.push(String(this)); return Reflect.apply(original, this, rest) }
    }
    const { exec } = RegExp.prototype
    RegExp.prototype.exec = function (text) { kept.push(text); return Reflect.apply(exec, this, [text]) }`,
}

test.for(Object.entries(attacks))(
  'an action that %s sees neither the code nor the secrets of another one’s module',
  async ([, attack]) => {
    const module = { name: 'm', code: `module.exports = actions.secrets.KEY // HIDDEN`, secrets: { KEY: 'HIDDEN' } }
    const opened = await openPool({
      standsAlone: true,
      content: async ({ version_id, action_name }) => ({
        ...{ version_id, action_name, secrets: {} },
        ...(version_id === 'version-1'
          ? {
              code: `const kept = []\n${handler(`if (event.request.body.kept) console.log(JSON.stringify(kept)); else { ${attack} }`)}`,
            }
          : { code: handler(`require('actions:m')`), modules: [module] }),
      }),
    })
    onTestFinished(opened.close)
    const versions = opened.bind('', '')
    const one = invocation(versions)
    const first = await opened.pool.invoke(one)
    expect(first[1]?.kind).toBe('completed')
    const body = { kept: true }
    const asked = { ...one, varying: { ...one.varying, request: { ...one.varying.request, body } } }
    const [told] = await opened.pool.invoke(asked)
    expect(told?.kind).toBe('completed')
    expect(JSON.stringify(told?.console)).not.toContain('HIDDEN')
  },
)
