import { DeploymentRefusal } from '../deployment/index.ts'
import type { ManagementPorts } from './ports.ts'

/**
 * Begins to build a draft and does not wait for it: how it ends stands in its `status`. A draft that is deleted meanwhile is built no further;
 * whatever else breaks a build off is a defect, and reported.
 */
export function buildInBackground(
  action_id: string,
  { builds, reportDefect }: Pick<ManagementPorts, 'builds' | 'reportDefect'>,
  { request_id }: { readonly request_id: string },
): void {
  builds.build(action_id).catch((error: unknown) => {
    if (error instanceof DeploymentRefusal) return
    reportDefect(error, { request_id, method: 'BUILD', path: `/api/v2/actions/actions/${action_id}` })
  })
}
