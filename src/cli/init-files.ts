/** An Action to begin with, as files of a tenant folder. */
export interface FreshAction {
  readonly name: string
  readonly language: 'js' | 'ts'
  readonly code: string
  readonly dependencies: readonly { readonly name: string; readonly version: string }[]
  /** Names of its secrets, whose values come by keyword. */
  readonly secrets: readonly string[]
  /** The text of its first file of cases. */
  readonly cases: string
}

/** Files by their path from the root, each with its text. */
export type Files = Readonly<Record<string, string>>

const api = 'https://api.example.com/'
const namespace = 'https://api.example.com'
/** What the example's Action makes of the client "orders" under the key of its cases. */
const exampleReference = 'f5959c5900c76622'

/** The files that make an Action of a tenant folder. */
export function actionFiles({ name, language, code, dependencies, secrets, cases }: FreshAction): Files {
  const file = `actions/${name}/code.${language}`
  return {
    [`actions/${name}.json`]: json({
      name,
      code: `./${file}`,
      runtime: 'node22',
      deployed: true,
      dependencies,
      secrets: secrets.map((secret) => ({ name: secret, value: `##${secret}##` })),
      supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }],
    }),
    [file]: code,
    [`actions/${name}/cases/${name}.yaml`]: cases,
  }
}

/** The entry of `triggers/triggers.json` that has an Action run. */
export function bindingOf(name: string): { readonly action_name: string; readonly display_name: string } {
  return { action_name: name, display_name: name }
}

/** The files of a tenant of one API, two clients and an Action. `secrets` are values for the Action's, as far as they are known. */
export function tenantFiles(action: FreshAction, title: string, secrets: Readonly<Record<string, string>>): Files {
  const names = Object.keys(secrets)
  return {
    'tenant.json': json({ friendly_name: title }),
    'resource-servers/Example API.json': json({
      name: 'Example API',
      identifier: api,
      token_lifetime: 3600,
      scopes: [
        { value: 'read:items', description: 'See items' },
        { value: 'write:items', description: 'Make and change items' },
      ],
    }),
    ...clientFiles('order-worker', { team: 'orders' }),
    ...clientFiles('nightly-report', { team: 'reports', access: 'read-only' }),
    ...actionFiles(action),
    'triggers/triggers.json': json({ 'credentials-exchange': [bindingOf(action.name)] }),
    ...(action.language === 'ts' && { 'tsconfig.json': json(typescriptSettings) }),
    '.env.example': envExample(action.secrets),
    ...(names.length > 0 && { '.env': names.map((name) => `${name}=${secrets[name]}\n`).join('') }),
    '.gitignore': '.env\n.symbolon/\nnode_modules/\n',
    'README.md': readme(action, title),
  }
}

function clientFiles(name: string, client_metadata: Readonly<Record<string, string>>): Files {
  return {
    [`clients/${name}.json`]: json({
      name,
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
      client_metadata,
    }),
    [`grants/${name}.json`]: json({ client_id: name, audience: api, scope: ['read:items', 'write:items'] }),
  }
}

/** The Action of a tenant that is made from nothing. */
export function exampleAction(language: FreshAction['language']): FreshAction {
  const handler =
    language === 'ts'
      ? `import { createHmac } from 'node:crypto'
import type { CredentialsExchangeAction } from 'symbolon/actions'

export const onExecuteCredentialsExchange: CredentialsExchangeAction = async (event, api) => {`
      : `const { createHmac } = require('node:crypto')

/** @type {import('symbolon/actions').CredentialsExchangeAction} */
exports.onExecuteCredentialsExchange = async (event, api) => {`
  return {
    name: 'describe-client',
    language,
    code: `${handler}
  const { client_id, metadata } = event.client

  if (metadata.status === 'suspended') return api.access.deny('invalid_request', 'This client is suspended.')
  if (metadata.access === 'read-only') api.transaction.removeTargetScope('write:items')
  if (metadata.team) api.accessToken.setCustomClaim('${namespace}/team', metadata.team)

  // Stands for the client in the API's own records. Who lacks the key cannot tell which client it is.
  const reference = createHmac('sha256', event.secrets.REFERENCE_KEY).update(client_id).digest('hex').slice(0, 16)
  api.accessToken.setCustomClaim('${namespace}/reference', reference)
}
`,
    dependencies: [],
    secrets: ['REFERENCE_KEY'],
    cases: `# Run by \`symbolon test\`. What a case does not say of the event is an example's.
- name: a client of a team says which
  event: { client: { client_id: orders, metadata: { team: orders } } }
  secrets: { REFERENCE_KEY: for tests alone }
  expect:
    claims:
      ${namespace}/team: orders
      ${namespace}/reference: ${exampleReference}
    scopes: [read:items, write:items]
    dropped: []

- name: a client that may only read loses write:items
  event: { client: { metadata: { access: read-only } } }
  secrets: { REFERENCE_KEY: for tests alone }
  expect:
    absent_claims: ['${namespace}/team']
    scopes: [read:items]

- name: a suspended client gets no token
  event: { client: { metadata: { status: suspended } } }
  secrets: { REFERENCE_KEY: for tests alone }
  expect:
    denial: { code: invalid_request, reason: This client is suspended. }
`,
  }
}

/** The first case of an Action that nobody has described yet. */
export function blankCases(): string {
  return `# Run by \`symbolon test\`: say what this Action must do, then remove the line with skip.
- name: the Action does what it should
  skip: nobody has said yet what that is
  event: { client: { metadata: {} } }
  expect: { issued: true }
`
}

/** Checks alone: what runs is compiled file by file. */
const typescriptSettings = {
  compilerOptions: {
    target: 'es2023',
    module: 'preserve',
    moduleResolution: 'bundler',
    types: ['node'],
    strict: true,
    noEmit: true,
    isolatedModules: true,
    skipLibCheck: true,
  },
  include: ['actions', 'action-modules'],
}

function envExample(secrets: readonly string[]): string {
  return [
    '# Copy to .env, which stays out of Git. The environment comes first.',
    '# A value here stands in the place of ##NAME## in every file of this folder.',
    ...(secrets.length === 0 ? ['# NAME=value'] : secrets.map((name) => `${name}=`)),
    '',
  ].join('\n')
}

function readme({ name, language, code }: FreshAction, title: string): string {
  const commands = [
    ['symbolon test', 'the cases beside the Action'],
    [`symbolon try actions/${name}`, 'the Action once, and what it makes of a token'],
    ['symbolon dev', 'a server with this tenant, which follows what you save'],
  ] as const
  const width = Math.max(...commands.map(([command]) => command.length))
  return `# ${title}

An Auth0 tenant as files, in the layout of auth0-deploy-cli: one API, two clients, and an Action that runs at each token request.

\`\`\`sh
${commands.map(([command, what]) => `${command.padEnd(width)}  # ${what}`).join('\n')}
\`\`\`

\`dev\` prints a \`curl\` line that gets a token. \`symbolon token\`, in a second terminal, asks for one and shows what is in it.

| | |
|---|---|
| \`actions/${name}/code.${language}\` | the Action |
| \`actions/${name}.json\` | its secrets, npm packages and modules |
| \`actions/${name}/cases/\` | what must come of it |
| \`triggers/triggers.json\` | which Actions run, in which order |
| \`clients/\`, \`grants/\`, \`resource-servers/\` | who may ask for what |
| \`.env\` | values of secrets, out of Git |
${code.includes('symbolon/actions') ? `\n${typesOf[language]}\n` : ''}`
}

/** How the types of an Action come to its editor. */
const typesOf = {
  js: '`npm install --save-dev symbolon` brings the types that the `@type` line names to your editor.',
  ts: '`npm install --save-dev symbolon typescript @types/node` brings the types; `npx tsc` checks them. What runs is compiled, not checked.',
} as const

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
