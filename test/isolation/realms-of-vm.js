// outcome: completed; claim had=[]; beside served
// SES and realms: another realm has a `Function`, a loader and prototypes of its own, which nobody has locked down.
const vm = require('node:vm')
const realms = {
  'a new context': () => vm.runInNewContext('this'),
  'a context with its own queue': () =>
    vm.runInContext('this', vm.createContext({}, { microtaskMode: 'afterEvaluate' })),
  'a vanilla context': () => vm.runInContext('globalThis', vm.createContext(vm.constants.DONT_CONTEXTIFY)),
  'this one': () => vm.runInThisContext('this'),
}
const { USE_MAIN_CONTEXT_DEFAULT_LOADER: loader } = vm.constants
const looks = {
  process: (realm) => realm.process !== undefined && realm.process !== process,
  require: (realm) => realm.require,
  'process of a function': (realm) => {
    const found = realm.constructor.constructor('return typeof process === "undefined" ? undefined : process')()
    return found !== undefined && found !== process
  },
  'child_process by its loader': (realm) =>
    vm.runInContext('import("node:child_process")', vm.isContext(realm) ? realm : vm.createContext(), {
      importModuleDynamically: loader,
    }),
  'a function with a loader': () =>
    vm.compileFunction('return import("node:child_process")', [], { importModuleDynamically: loader })(),
  'a function with its own loader': () =>
    vm.compileFunction('return import("node:child_process")', [], { importModuleDynamically: (id) => import(id) })(),
  'a module': () => new vm.SourceTextModule('import "node:child_process"'),
  'a shadow realm': () => new ShadowRealm(),
  'memory of all realms': () => vm.measureMemory({ mode: 'detailed' }) && false,
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const had = []
  for (const [name, open] of Object.entries(realms)) {
    for (const [look, of] of Object.entries(looks)) {
      try {
        if (await of(open())) had.push(`${look} of ${name}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('had', had)
}
