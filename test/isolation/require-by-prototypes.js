// outcome: completed; claim had=[]; beside served
// CVE-2023-30581 (`process.mainModule.__proto__.require`), CVE-2023-32002 (`Module._load`), CVE-2023-32006 (`module.constructor.createRequire`).
const modules = () => [
  module,
  require.main,
  process.mainModule,
  globalThis.module,
  require('node:module'),
  require('node:module').Module,
]
const ways = {
  'require of a prototype': (of) => Object.getPrototypeOf(of).require('child_process'),
  'require of a prototype, called': (of) => Object.getPrototypeOf(of).require.call(of, 'child_process'),
  'the class': (of) => of.constructor._load('child_process'),
  createRequire: (of) => of.constructor.createRequire(__filename)('child_process'),
  'own createRequire': (of) => of.createRequire('/')('child_process'),
  runMain: (of) => of.runMain('/etc/passwd'),
  _extensions: (of) => of._extensions['.js']({ _compile() {} }, '/etc/passwd'),
  _resolveFilename: (of) => of._resolveFilename('child_process'),
  _cache: (of) => Object.values(of._cache)[0].require('child_process'),
  globalPaths: (of) => of.globalPaths[0],
  register: (of) => of.register('data:text/javascript,') ?? true,
  registerHooks: (of) => of.registerHooks({ load: () => ({ format: 'builtin', shortCircuit: true }) }),
  enableCompileCache: (of) => of.enableCompileCache('/tmp').status === 1,
  'another module': (of) => new of.constructor('x').require('child_process'),
  paths: (of) => of.paths.length > 0,
  children: (of) => of.children.length > 0,
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const had = []
  for (const [index, of] of modules().entries()) {
    for (const [name, way] of Object.entries(ways)) {
      try {
        if (way(of)) had.push(`${name} ${index}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('had', had)
}
