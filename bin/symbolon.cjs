#!/usr/bin/env node
'use strict'
// Before anything is imported: the thread pool takes its size from the environment when it is first used.
const { availableParallelism } = require('node:os')
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `symbolon needs Node 22.18 or newer; this is ${process.versions.node}. In a clone, run it through npm, which brings the right one: npm run -s symbolon -- --help`,
  )
  process.exit(1)
}
// A second start reads its modules compiled: half the time of the first.
require('node:module').enableCompileCache?.()
// The published package is built; a clone runs its sources as they stand.
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const built = join(__dirname, '../dist/cli/main.js')
// It reports what goes wrong itself; what escapes it ends the process, as it should.
void import(pathToFileURL(existsSync(built) ? built : join(__dirname, '../src/cli/main.ts')).href)
