import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { isJsonObject, type JsonObject } from '../domain/index.ts'
import { errorCode } from './error-code.ts'
import type { FindingList } from './finding.ts'
import { type Environment, type KeywordLookup, keywordLookup } from './keywords.ts'

/** What is read, by the Deploy CLI's names of kinds, and which objects are left out of it. */
export interface Selection {
  includes(kind: string): boolean
  /** Client names (or fixed ids). */
  readonly excludedClients: ReadonlySet<string>
  /** Names or identifiers of APIs. */
  readonly excludedResourceServers: ReadonlySet<string>
}

/** The variables of one reading: the environment handed in, then the `.env` in the folder, then the one beside it. */
export interface Variables {
  /** The value of a variable, from the first that has one. */
  get(name: string): string | undefined
  readonly keywords: KeywordLookup
  readonly selection: Selection
  /** Whether the folder is to join what a server holds: secrets without a value may be there, and actions of other triggers are read. */
  readonly joinsServer: boolean
  /** Absolute paths of the `.env` files, there or not. */
  readonly files: readonly string[]
}

/** Collects the variables of a folder. Those of the Deploy CLI that cannot be understood are errors under their own names. */
export async function readVariables(
  root: string,
  environment: Environment,
  findings: FindingList,
): Promise<Omit<Variables, 'joinsServer'>> {
  const files = [join(root, '.env'), join(dirname(root), '.env')]
  const environments = [environment, ...(await Promise.all(files.map((file) => readEnvFile(file, findings))))]
  const get = (name: string) =>
    environments.find((each) => Object.hasOwn(each, name) && each[name] !== undefined)?.[name]
  return {
    get,
    keywords: keywordLookup(mappings(get, findings), ...environments),
    selection: selection(get, findings),
    files,
  }
}

async function readEnvFile(file: string, findings: FindingList): Promise<Environment> {
  try {
    return parseEnv(await readFile(file, 'utf8'))
  } catch (error) {
    const code = errorCode(error)
    // A `.env` that is a folder is someone's virtual environment.
    if (code !== 'ENOENT' && code !== 'EISDIR') findings.error({ file: '.env' }, `cannot be read: ${code}`)
    return {}
  }
}

type Get = (name: string) => string | undefined

function mappings(get: Get, findings: FindingList): JsonObject {
  const name = 'AUTH0_KEYWORD_REPLACE_MAPPINGS'
  const text = get(name)
  if (text === undefined || text === '') return {}
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  findings.error({ file: name }, 'must be a JSON object such as {"KEY":"value"}')
  return {}
}

/** @see Auth0 Docs, "Exclude Resources from Management" and "Configure the Deploy CLI" */
function selection(get: Get, findings: FindingList): Selection {
  const excluded = names('AUTH0_EXCLUDED', get, findings)
  const only = names('AUTH0_INCLUDED_ONLY', get, findings)
  if (excluded !== undefined && only !== undefined)
    findings.error({ file: 'AUTH0_INCLUDED_ONLY' }, 'cannot be used together with AUTH0_EXCLUDED; unset one of them')
  if (only?.size === 0)
    findings.error({ file: 'AUTH0_INCLUDED_ONLY' }, 'must name at least one kind, such as ["actions","clients"]')
  return {
    includes: (kind) => (only === undefined ? excluded?.has(kind) !== true : only.has(kind)),
    excludedClients: names('AUTH0_EXCLUDED_CLIENTS', get, findings) ?? new Set(),
    excludedResourceServers: names('AUTH0_EXCLUDED_RESOURCE_SERVERS', get, findings) ?? new Set(),
  }
}

function names(name: string, get: Get, findings: FindingList): ReadonlySet<string> | undefined {
  const text = get(name)?.trim()
  if (text === undefined || text === '') return undefined
  if (!text.startsWith('[')) return new Set(text.split(',').map((part) => part.trim()))
  const value = parseJson(text)
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return new Set(value)
  findings.error(
    { file: name },
    'must be a JSON list of texts such as ["actions","clients"], or texts with commas between',
  )
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
