import { types } from 'node:util'

/** The code of an error of Node's, or the error as a text. A test runner may load us where its errors are not of our own `Error`. */
export function errorCode(error: unknown): string {
  return types.isNativeError(error) && 'code' in error ? String(error.code) : String(error)
}
