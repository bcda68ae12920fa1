import { type Step, step } from '../sequence.ts'

const trigger = { id: 'credentials-exchange', version: 'v2' }
const code = 'exports.onExecuteCredentialsExchange = async (event, api) => {};'
const other = 'exports.onExecuteCredentialsExchange = async (event, api) => {\n\tconsole.log(event)\n};\n'

const create = (name: string, keep: string): Step =>
  step('POST /actions/actions', {
    body: { name, supported_triggers: [trigger], code },
    answer: { name, status: 'pending', all_changes_deployed: false, secrets: [], dependencies: [], runtime: 'node22' },
    keep: { [keep]: 'id' },
  })
const deploy = (action: string, number: number): readonly Step[] => [
  step(`GET /actions/actions/{${action}}`, { until: { status: 'built' } }),
  step(`POST /actions/actions/{${action}}/deploy`, { status: 200, answer: { number, status: 'built' } }),
  step(`GET /actions/actions/{${action}}`, { until: { all_changes_deployed: true } }),
  step(`GET /actions/actions/{${action}}`, {
    answer: { current_version: { number, status: 'BUILT' }, deployed_version: { number, deployed: true } },
  }),
]

const action: readonly Step[] = [
  create('Configured', 'action'),
  step('GET /actions/actions/{action}', { until: { status: 'built' } }),
  // What changes secrets is looked at first.
  step('GET /actions/actions/{action}', { answer: { id: '{action}', secrets: [] } }),
  step('PATCH /actions/actions/{action}', {
    body: {
      name: 'Configured',
      supported_triggers: [trigger],
      code: other,
      dependencies: [],
      runtime: 'node22',
      secrets: [{ name: 'foo', value: '123456' }],
    },
    answer: { status: 'pending', code: other, secrets: [{ name: 'foo' }], all_changes_deployed: false },
  }),
  ...deploy('action', 1),
  step('PATCH /actions/actions/{action}', {
    body: {
      name: 'Configured',
      supported_triggers: [trigger],
      code,
      secrets: [
        { name: 'foo', value: '123456' },
        { name: 'bar', value: '654321' },
      ],
    },
    answer: { status: 'pending', secrets: [{ name: 'foo' }, { name: 'bar' }] },
  }),
  ...deploy('action', 2),
  step('GET /actions/actions?actionName=Configured&per_page=50', {
    answer: { actions: [{ id: '{action}' }], total: 1 },
  }),
  step('GET /actions/actions?actionName=nobody&per_page=50', { answer: { actions: [] } }),
  step('DELETE /actions/actions/{action}'),
  step('GET /actions/actions/{action}', { status: 404, answer: { message: 'That action does not exist.' } }),
]

const bindings = '/actions/triggers/credentials-exchange/bindings'
const bind = (...actions: readonly (readonly [id: string, name: string])[]): Step =>
  step(`PATCH ${bindings}`, {
    body: {
      bindings: actions.map(([id, display_name]) => ({ display_name, ref: { type: 'action_id', value: id } })),
    },
    answer: {
      bindings: actions.map(([id, display_name]) => ({ display_name, action: { id }, trigger_id: trigger.id })),
    },
  })
const readBack = (...ids: readonly string[]): readonly Step[] => [
  step(`GET ${bindings}?page=0&per_page=100`, { answer: { bindings: ids.map((id) => ({ action: { id } })) } }),
  step(`GET ${bindings}?page=1&per_page=100`, { answer: { bindings: [] } }),
]
const one = ['{one}', 'One'] as const
const two = ['{two}', 'Two'] as const

const triggerActions: readonly Step[] = [
  create('One', 'one'),
  ...deploy('one', 1),
  create('Two', 'two'),
  ...deploy('two', 1),
  bind(one),
  ...readBack('{one}'),
  bind(one, two),
  ...readBack('{one}', '{two}'),
  bind(two, one),
  ...readBack('{two}', '{one}'),
  // Terraform asks for no force: what is bound stays.
  step('DELETE /actions/actions/{one}', {
    status: 409,
    answer: { message: 'Unable to delete an action bound to a trigger.' },
  }),
  bind(),
  // One binding as a resource of its own: what is there, and one more.
  step(`GET ${bindings}?per_page=50`, { exactly: { bindings: [], per_page: 50 } }),
  bind(one),
  step(`GET ${bindings}?per_page=50`, { answer: { bindings: [{ action: { id: '{one}' } }], total: 1, per_page: 50 } }),
  step('GET /actions/actions/{two}'),
  bind(one, two),
  ...readBack('{one}', '{two}'),
  bind(),
  step('DELETE /actions/actions/{two}'),
  step('DELETE /actions/actions/{one}'),
]

const modules: readonly Step[] = [
  step('POST /actions/modules', {
    body: { name: 'greeter', code: "module.exports = { greet: (name) => 'Hello, ' + name };" },
    answer: { dependencies: [], secrets: [], all_changes_published: false, actions_using_module_total: 0 },
    keep: { module: 'id' },
  }),
  step('POST /actions/modules/{module}/versions', {
    status: 200,
    answer: { module_id: '{module}', version_number: 1 },
    keep: { version: 'id' },
  }),
  step('GET /actions/modules/{module}', {
    answer: { all_changes_published: true, latest_version: { version_number: 1 } },
  }),
  step('GET /actions/modules/{module}/versions?page=0&per_page=50', {
    answer: { versions: [{ version_number: 1 }], total: 1 },
  }),
  step('GET /actions/modules/{module}/versions?page=1&per_page=50', { answer: { versions: [] } }),
  step('PATCH /actions/modules/{module}', {
    body: { code: 'module.exports = {};', secrets: [{ name: 'API_KEY', value: 'a value' }] },
    answer: { all_changes_published: false, secrets: [{ name: 'API_KEY' }] },
  }),
  step('POST /actions/modules/{module}/versions', { status: 200, answer: { version_number: 2 } }),
  step('GET /actions/modules/{module}/versions/{version}', { answer: { version_number: 1 } }),
  step('GET /actions/modules/{module}/actions?page=0&per_page=50', { answer: { actions: [] } }),
  step('GET /actions/modules?page=0&per_page=50', { answer: { modules: [{ id: '{module}' }] } }),
  step('DELETE /actions/modules/{module}'),
  step('GET /actions/modules/{module}', { status: 404 }),
]

/** What terraform-provider-auth0 sends for actions: recordings of its acceptance tests, with our trigger. */
export const actionSequences: Readonly<Record<string, readonly Step[]>> = {
  auth0_action: action,
  'auth0_trigger_actions, auth0_trigger_action': triggerActions,
  auth0_action_module: modules,
}
