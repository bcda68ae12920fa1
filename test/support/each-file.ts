import { afterAll } from 'vitest'
import { endPrograms } from './dev-process.ts'

// Run anew for each file, while what the files import is shared: a hook in a shared module would be the first file's alone.
afterAll(endPrograms)
