import Type from 'typebox'
import { demandAction, deployAction as deployDraft, getVersion, listVersions, rollback } from '../deployment/index.ts'
import { answerActionPage } from './action-page.ts'
import { newVersionView, versionView } from './action-views.ts'
import { operation } from './operation.ts'
import { actionPageParameters, DeployActionVersion } from './schemas/action.ts'
import { ActionVersionAnswer, ActionVersionsAnswer } from './schemas/action-answers.ts'

const service = 'actions'

const ListQuery = Type.Object(actionPageParameters, { additionalProperties: false })

/** `POST /actions/actions/:id/deploy`. A build that is under way is waited for, and one that is not is begun: nobody need ask twice. */
export const deployAction = operation({ answer: ActionVersionAnswer, service }, async ({ params }, ports) => {
  const { id = '' } = params
  await ports.builds.demandBuilt(id)
  const version = await deployDraft(id, ports)
  return newVersionView(version, await demandAction(id, ports.store), ports.store)
})

/** `GET /actions/actions/:id/versions`, the newest first. */
export const listActionVersions = operation(
  { query: ListQuery, answer: ActionVersionsAnswer, service },
  async ({ params, query }, { store }) => {
    const { id = '' } = params
    const [action, versions] = await Promise.all([demandAction(id, store), listVersions(id, store)])
    return answerActionPage('versions', versions, query, (version) => versionView(version, action, store))
  },
)

/** `GET /actions/actions/:id/versions/:version`. */
export const getActionVersion = operation({ answer: ActionVersionAnswer, service }, async ({ params }, { store }) => {
  const { id = '', version: version_id = '' } = params
  const [action, version] = await Promise.all([demandAction(id, store), getVersion(id, version_id, store)])
  return versionView(version, action, store)
})

/** `POST /actions/actions/:id/versions/:version/deploy`: a new version with the old one's content. */
export const deployActionVersion = operation(
  { body: DeployActionVersion, bodyIsOptional: true, answer: ActionVersionAnswer, service },
  async ({ params, body }, ports) => {
    const { id = '', version: version_id = '' } = params
    const version = await rollback(id, version_id, { updateDraft: body?.update_draft ?? false }, ports)
    return newVersionView(version, await demandAction(id, ports.store), ports.store)
  },
)
