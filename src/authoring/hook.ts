import { isBuiltin } from 'node:module'
import { compileFunction } from 'node:vm'
import { FormFault } from './fault.ts'

/** A Hook made into an Action. */
export interface HookAction {
  /** The Hook's text, byte for byte, and what runs it. */
  readonly code: string
  /** The npm packages it requires, each at the version it names, or else the latest. */
  readonly dependencies: readonly { readonly name: string; readonly version: string }[]
  /** The names of the secrets it reads. */
  readonly secrets: readonly string[]
  /** What its author should know before it is used. */
  readonly warnings: readonly string[]
}

/**
 * Makes an Action of a Hook of the client-credentials-exchange extensibility point, which it runs unchanged: the same five arguments, the same
 * three error classes, the same reading of what it answers. Two things have no equal in an Action: a scope beyond the client grant is
 * dropped, and of the webtask context there are the secrets alone. Refuses what does not parse or exports no function.
 *
 * @see Auth0 Docs, "Client Credentials Exchange" and "Migrate from Hooks to Actions"
 */
export async function actionOfHook(source: string, file: string): Promise<HookAction> {
  demandParsing(source, file)
  const { required, program } = await readHook(source, file)
  const names = [...new Set(required.map(({ name }) => name))].sort()
  const dependencies = names.map((name) => ({
    name,
    version: required.find((each) => each.name === name && each.version !== undefined)?.version ?? 'latest',
  }))
  const unpinned = dependencies.filter(({ version }) => version === 'latest').map(({ name }) => name)
  const isVersioned = required.some(({ version }) => version !== undefined)
  return {
    code: codeAround(source, isVersioned),
    dependencies,
    secrets: secretsOf(program),
    warnings: [
      ...(unpinned.length > 0
        ? [`${file}: requires ${unpinned.join(', ')} of no version; pin what you use today in the Action's JSON file`]
        : []),
      ...(/\bwebtask\s*\.\s*storage\b/.test(program)
        ? [`${file}: uses context.webtask.storage, which an Action does not have; keep such values in api.cache`]
        : []),
    ],
  }
}

function demandParsing(source: string, file: string): void {
  try {
    // As the body of a function, which it becomes: what closes the wrapper's braces does not parse.
    compileFunction(source, ['module', 'exports'], { filename: file })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const [place = '', line = '', caret = ''] = error.stack?.split('\n') ?? []
    throw new FormFault(`${place}: does not parse: ${error.message}\n${line}\n${caret}`)
  }
}

function demandHook(program: string, file: string): void {
  if (/\bexports\s*\.\s*onExecute/.test(program))
    throw new FormFault(`${file} is an Action already: run it with \`symbolon try ${file}\``)
  if (!/\bmodule\s*\.\s*exports\s*=/.test(program))
    throw new FormFault(
      `${file} is no Hook: give a file with module.exports = function (client, scope, audience, context, cb) { … }`,
    )
}

interface Required {
  readonly name: string
  /** As in `require('axios@0.22.0')`, which Hooks know. */
  readonly version?: string
}

/** What a Hook requires that Node does not bring, and its program without comments. */
async function readHook(
  source: string,
  file: string,
): Promise<{ readonly required: readonly Required[]; readonly program: string }> {
  const { buildSync } = await import('esbuild')
  // At once: the process behind the other form serves everybody, and whoever is done first ends it for all.
  const { metafile, outputFiles } = buildSync({
    stdin: { contents: source, loader: 'js' },
    bundle: true,
    metafile: true,
    write: false,
    platform: 'node',
    charset: 'utf8',
    legalComments: 'none',
    external: ['*'],
    logLevel: 'silent',
  })
  const program = outputFiles.map(({ text }) => text).join('')
  demandHook(program, file)
  const paths = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  const local = paths.find((path) => /^[./]/.test(path))
  if (local !== undefined)
    throw new FormFault(`${file}: requires ${local}, and an Action is one file: put what is there into it first`)
  return {
    required: paths.flatMap((path) => (isBuiltin(path) ? [] : [packageOf(path)])),
    program,
  }
}

function packageOf(specifier: string): Required {
  const [, name = specifier, version] = /^((?:@[^/]+\/)?[^@/]+)(?:@([^/]+))?/.exec(specifier) ?? []
  return { name, ...(version !== undefined && { version }) }
}

/** Secrets by every way of writing that names them: a member, a text in brackets, a pattern. */
function secretsOf(source: string): readonly string[] {
  const members = source.matchAll(/\bsecrets\s*(?:\?\.|\.)\s*([A-Za-z_]\w*)/g)
  const texts = source.matchAll(/\bsecrets\s*(?:\?\.)?\[\s*(['"])([A-Za-z_]\w*)\1\s*\]/g)
  const patterns = source.matchAll(/\{([^{}]*)\}\s*=\s*[\w.]*\bsecrets\b/g)
  const named = [
    ...Array.from(members, ([, name = '']) => name),
    ...Array.from(texts, ([, , name = '']) => name),
    ...Array.from(patterns, ([, pattern = '']) => pattern)
      .flatMap((pattern) => pattern.split(','))
      .map((part) => /^\s*([A-Za-z_]\w*)/.exec(part)?.[1] ?? ''),
  ]
  return [...new Set(named.filter((name) => name !== ''))].sort()
}

/** As Hooks were called and answered. @see auth0-ext-compilers, "client-credentials-exchange" */
function codeAround(source: string, isVersioned: boolean): string {
  const parameters = isVersioned ? 'module, exports, require' : 'module, exports'
  const values = isVersioned
    ? 'hook, hook.exports, (name) => require(name.replace(/^((?:@[^/]+[/])?[^@/]+)@[^/]+/, "$1"))'
    : 'hook, hook.exports'
  const end = source.endsWith('\n') ? '' : '\n'
  return `/**
 * Runs a Hook of the client-credentials-exchange extensibility point as an Action. The Hook stands below as it was.
 *
 * Two things have no equal in an Action. A scope that the client grant does not hold is dropped: \`symbolon try\` names it.
 * And of \`context.webtask\` there are the secrets alone.
 */
const hook = { exports: {} }
{
  class HookError extends Error {
    constructor(message) {
      super(message)
      this.name = this.constructor.name
    }
  }
  class InvalidScopeError extends HookError {}
  class InvalidRequestError extends HookError {}
  class ServerError extends HookError {}

  ;(function (${parameters}) {
// The Hook begins here.
${source}${end}// The Hook ends here.
  }).call(hook.exports, ${values})
}

/** What the exchange is denied with, by the name of the Hook's error; every other one was a server error. */
const denyCodes = { InvalidScopeError: 'invalid_scope', InvalidRequestError: 'invalid_request' }

exports.onExecuteCredentialsExchange = async (event, api) => {
  const { error, answer } = await callHook(event)
  if (error) {
    const code = error instanceof Error && Object.hasOwn(denyCodes, error.name) ? denyCodes[error.name] : 'server_error'
    return api.access.deny(code, error.message || String(error))
  }

  const { scope, ...claims } = answer ?? {}
  for (const [name, value] of Object.entries(claims)) {
    if (/^https?:[/][/]/i.test(name)) api.accessToken.setCustomClaim(name, value)
    else console.warn(\`The Hook's claim \${JSON.stringify(name)} is ignored, as it was of a Hook: its name is no URL.\`)
  }
  // A Hook that answers no scope empties the token's scopes.
  api.transaction.setTargetScopes(scope ?? [])
}

function callHook(event) {
  const { client_id: id, metadata, name } = event.client
  const client = { id, name, tenant: event.tenant.id, metadata }
  const scopes = event.transaction.target_scopes ?? event.accessToken.scope
  const scope = scopes.length === 0 ? undefined : [...scopes]
  const context = { body: event.request.body, webtask: { secrets: event.secrets } }
  return new Promise((resolve, reject) => {
    let isAnswered = false
    const cb = (error, answer) => {
      if (isAnswered) console.warn('The Hook called back once more; only the first call counts.')
      isAnswered = true
      resolve({ error, answer })
    }
    // What it throws, at once or later, is nothing it chose to tell the caller: it fails the Action.
    const { exports: call } = hook
    const returned = call(client, scope, event.resource_server.identifier, context, cb)
    Promise.resolve(returned).catch(reject)
  })
}
`
}
