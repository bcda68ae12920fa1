// outcome: completed; claim had=[]; beside served
// CVE-2024-22020 and the loader's kind: a module out of a `data:` URL, or a `blob:`, imports what its importer may not.
const data = (code) => `data:text/javascript,${encodeURIComponent(code)}`
const refused = [
  'node:child_process',
  'child_process',
  'node:worker_threads',
  'node:sqlite',
  'node:inspector',
  'node:module',
  'node:wasi',
  'file:///etc/passwd',
]
const codes = (id) => [
  `import * as m from ${JSON.stringify(id)}; export default m`,
  `export default await import(${JSON.stringify(id)})`,
  `export * as default from ${JSON.stringify(id)}`,
  `export default process.getBuiltinModule(${JSON.stringify(id)})`,
  `export default require(${JSON.stringify(id)})`,
  `import m from ${JSON.stringify(data(`export { default } from ${JSON.stringify(id)}`))}; export default m`,
  `export default import.meta.resolve(${JSON.stringify(id)}) && (await import(import.meta.resolve(${JSON.stringify(id)})))`,
  `import m from ${JSON.stringify(id)} with { type: 'json' }; export default m`,
]
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const had = []
  for (const id of refused) {
    for (const [index, code] of codes(id).entries()) {
      try {
        if ((await import(data(code))).default !== undefined) had.push(`${id} ${index}`)
      } catch {
        // Refused.
      }
    }
    try {
      await import(URL.createObjectURL(new Blob([`import ${JSON.stringify(id)}`])))
      had.push(`${id} blob`)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('had', had)
}
