// outcome: completed; claim had=[]; beside served
const refused = [
  'child_process',
  'cluster',
  'worker_threads',
  'inspector',
  'inspector/promises',
  'sqlite',
  'wasi',
  'repl',
  'trace_events',
]
const internal = ['internal/bootstrap/realm', 'internal/util', 'internal/child_process', '_http_agent/../child_process']
const spellings = (name) => [
  name,
  `node:${name}`,
  `node:node:${name}`,
  `${name}/`,
  name.toUpperCase(),
  ` ${name}`,
  `node:${name}?x`,
]
const { createRequire } = require('node:module')
const ways = {
  require: (id) => require(id),
  import: (id) => import(id),
  getBuiltinModule: (id) => process.getBuiltinModule(id),
  createRequire: (id) => createRequire(__filename)(id),
  'createRequire from the root': (id) => createRequire('file:///')(id),
  'import of a required module': async (id) => (await import('node:module')).createRequire('/')(id),
  'import of a process': async (id) => (await import('node:process')).getBuiltinModule(id),
  'Function import': (id) => new Function('id', 'return import(id)')(id),
  'vm import': (id) => require('node:vm').runInThisContext(`import(${JSON.stringify(id)})`),
  'vm import, main loader': (id) => {
    const { constants, Script } = require('node:vm')
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
    return new Script(`import(${JSON.stringify(id)})`, { importModuleDynamically }).runInThisContext()
  },
  'module.constructor': (id) => module.constructor._load(id),
  'require.main': (id) => require.main.require(id),
  'process.mainModule': (id) => process.mainModule.require(id),
  'module of getBuiltinModule': (id) => process.getBuiltinModule('module')._load(id),
  'the loader, over module': (id) => require('node:module')._load(id),
  'a String object': (id) => require(Object(id)),
  'a changing id': (id) => {
    let reads = 0
    return require({ toString: () => (reads++ === 0 ? 'fs' : id) })
  },
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const had = []
  for (const [name, load] of Object.entries(ways)) {
    for (const id of [...refused.flatMap(spellings), ...internal]) {
      try {
        if ((await load(id)) !== undefined) had.push(`${name} ${id}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('had', had)
}
