// outcome: completed; claim read=[]; beside served
// CVE-2024-21890: a `*` in a path is a character, not a pattern; and the odd ends that paths may have.
const fs = require('node:fs')
const folder = require('node:path').dirname(__dirname)
const paths = [
  `${folder}*`,
  `${folder}*/../../etc/passwd`,
  `${__dirname}*/../../../../etc/passwd`,
  `${folder}/../*`,
  `${folder}/..`,
  `${folder}/../`,
  `${folder}-more`,
  `${folder}/./../.`,
  '/etc/passwd.',
  '/etc/./passwd',
  '//etc/passwd',
  '/etc//passwd',
  '/etc/passwd/',
  '/etc/passwd\0.js',
  `${__filename}\0/../../../../etc/passwd`,
  `${__filename}/../../../../../../etc/passwd`,
  '\\etc\\passwd',
  'file:///etc/passwd',
  'FILE:///etc/passwd',
  '%2fetc%2fpasswd',
  new URL('file:///%65tc/passwd'),
  new URL('file://localhost/etc/passwd'),
  new URL(`file://${__dirname}/..%2f..%2f..%2f..%2fetc%2fpasswd`),
]
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const read = []
  for (const path of paths) {
    for (const way of [
      fs.readFileSync,
      fs.readdirSync,
      fs.statSync,
      (of) => fs.globSync(String(of)).some((name) => !name.startsWith(folder)),
      fs.opendirSync,
    ]) {
      try {
        if (way(path) !== false) read.push(`${way.name} ${path}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('read', read)
}
