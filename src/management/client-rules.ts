import { type Client, faultsOfFederatedIssuer, unenforceableOfClient } from '../domain/index.ts'
import { ManagementRefusal } from './refusals.ts'

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Throws {@link ManagementRefusal} for a client whose members exclude each other, or which this server could not hold to what they say. Asked of
 * the whole client as it would be stored.
 */
export function demandSoundClient(client: Client): void {
  const { token_endpoint_auth_method: method, client_authentication_methods: methods, grant_types } = client
  if (method === 'none' && grant_types.includes('client_credentials'))
    throw new ManagementRefusal('client-public-grant', {})
  if (method != null && method !== 'none' && grant_types.includes(deviceCode))
    throw new ManagementRefusal('client-device-grant', {})
  const authenticates = methods != null || (method != null && method !== 'none')
  if (client.is_token_endpoint_ip_header_trusted === true && !authenticates)
    throw new ManagementRefusal('client-ip-header', {})
  const issuers = methods?.federated_jwt?.issuers ?? []
  const [fault] = [
    ...unenforceableOfClient(client),
    ...issuers.flatMap((issuer, index) =>
      faultsOfFederatedIssuer(issuer).map(
        (sentence) => `client_authentication_methods.federated_jwt.issuers[${index}].${sentence}`,
      ),
    ),
  ]
  if (fault !== undefined) throw new ManagementRefusal('client-unenforceable', { fault })
}
