import { defineConfig } from 'vitest/config'

/** Long runs, of which `npm test` has a short slice beside them. */
const full = ['full', 'registry'].includes(process.env.SYMBOLON_TEST ?? '')
const onlyInFull = [
  ...['sdks', 'bounds', 'built', 'hostile', 'hardened'].map((name) => `test/packages/${name}.test.ts`),
  'test/sdk/auth0-deploy-cli-further.test.ts',
  'test/api/management/interrupted-builds.test.ts',
  'test/durability/log-streams.test.ts',
  'test/cli/package.test.ts',
  'test/cli/dev-inspect.test.ts',
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: full ? [] : onlyInFull,
    pool: 'forks',
    // What a file needs it opens for itself; our modules keep nothing between two of them, and need not be read for each.
    isolate: false,
    setupFiles: ['test/support/each-file.ts'],
    // Most of them wait for processes of their own; on two cores vitest would run one file at a time.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
