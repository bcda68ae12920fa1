import Type from 'typebox'
import { commitPlanned } from '../deployment/index.ts'
import {
  guesses,
  isDelivered,
  type LogStream,
  type LogStreamType,
  logStreamReader,
  logStreamSinkContext,
  newId,
} from '../domain/index.ts'
import type { Sealer } from '../keys/index.ts'
import type { LogPlace, LogStore, Stored } from '../storage/index.ts'
import { parseDateSpan } from './log-dates.ts'
import { demandSink, type Sink } from './log-stream-sinks.ts'
import { operation } from './operation.ts'
import type { ManagementPorts } from './ports.ts'
import { ManagementRefusal } from './refusals.ts'
import { CreateLogStream, LogStreamAnswer, sinkPatchOf, UpdateLogStream } from './schemas/log-stream.ts'
import { parseBody } from './validate.ts'

/** `GET /log-streams`. */
export const listLogStreams = operation({ answer: Type.Array(LogStreamAnswer) }, async (_request, ports) => {
  const streams = await ports.store.logStreams.list()
  return streams.map((stream) => view(stream, ports))
})

/** `GET /log-streams/:id`. */
export const getLogStream = operation({ answer: LogStreamAnswer }, async ({ params }, ports) =>
  view(await demandStream(params.id ?? '', ports), ports),
)

/** `POST /log-streams`: delivers what is logged from then on, or from the day that `startFrom` names. */
export const createLogStream = operation(
  { body: CreateLogStream, answer: LogStreamAnswer },
  async ({ body }, ports, settings) => {
    const { store, sealer, logs, random } = ports
    const { name, type, sink, ...rest } = body
    demandSink(type, sink, settings.logStreams)
    const id = newId.logStream(random)
    const sealed_sink = sealer.seal(JSON.stringify(sink), logStreamSinkContext(id))
    const stream: LogStream = { id, ...(name !== undefined && { name }), type, status: 'active', sealed_sink, ...rest }
    const place = isDelivered(type) ? await placeAt(rest.startFrom, logs) : undefined
    return commitPlanned(store, 'the log streams', async () => {
      if ((await store.logStreams.count()) >= guesses.logStreams) throw new ManagementRefusal('log-streams-full', {})
      // Before the stream is there: one that began without its place would begin with the whole log.
      if (place !== undefined) await logs.notePlace(logStreamReader(id), place)
      return { changes: [{ kind: 'logStreams', create: stream }], result: view(stream, ports) }
    })
  },
)

/** `PATCH /log-streams/:id`. A sink is replaced as a whole, but for a secret that is not sent again. */
export const updateLogStream = operation(
  { body: UpdateLogStream, answer: LogStreamAnswer },
  async ({ params, body }, ports, settings) => {
    const { store, sealer } = ports
    const { sink: given, ...rest } = body
    const id = params.id ?? ''
    return commitPlanned(store, `the log stream ${id}`, async () => {
      const { revision, ...before } = await demandStream(id, ports)
      const after: LogStream = { ...before, ...rest }
      if (given === undefined) {
        return { changes: [{ kind: 'logStreams', key: id, revision, replace: after }], result: view(after, ports) }
      }
      const { sink } = parseBody<{ readonly sink: Sink }>(sinkPatchOf(before.type), { sink: given })
      const next = withSecrets(before.type, sink, openSink(before, sealer))
      demandSink(before.type, next, settings.logStreams)
      const replace = { ...after, sealed_sink: sealer.seal(JSON.stringify(next), logStreamSinkContext(id)) }
      return { changes: [{ kind: 'logStreams', key: id, revision, replace }], result: view(replace, ports) }
    })
  },
)

/** `DELETE /log-streams/:id`. */
export const deleteLogStream = operation({ status: 204 }, async ({ params }, { store, logs }) => {
  const id = params.id ?? ''
  const isThere = await store.logStreams.delete(id)
  if (isThere) await logs.notePlace(logStreamReader(id), undefined)
})

async function demandStream(id: string, { store }: Pick<ManagementPorts, 'store'>): Promise<Stored<LogStream>> {
  const stream = await store.logStreams.get(id)
  if (stream === undefined) throw new ManagementRefusal('log-stream-unknown', {})
  return stream
}

async function placeAt(startFrom: string | undefined, logs: LogStore): Promise<LogPlace> {
  const timeMs = startFrom === undefined ? Number.POSITIVE_INFINITY : parseDateSpan(startFrom)?.startMs
  if (timeMs === undefined) throw new ManagementRefusal('log-stream-start', { startFrom: startFrom ?? '' })
  const log_id = await logs.lastBefore(timeMs)
  return log_id === undefined ? {} : { log_id }
}

/** What Auth0 shows in the place of a secret that it does not show. */
const hidden = '********'
/** The secret of a sink that stays when a patch leaves it out, as Auth0's Deploy CLI does with what it may not keep; and whether it is shown. */
const keptSecrets: Readonly<Partial<Record<LogStreamType, { readonly name: string; readonly isShown: boolean }>>> = {
  http: { name: 'httpAuthorization', isShown: true },
  datadog: { name: 'datadogApiKey', isShown: true },
  splunk: { name: 'splunkToken', isShown: true },
  segment: { name: 'segmentWriteKey', isShown: true },
  mixpanel: { name: 'mixpanelServiceAccountPassword', isShown: false },
}

function withSecrets(type: LogStreamType, sink: Sink, before: Sink): Sink {
  const secret = keptSecrets[type]
  if (secret === undefined) return sink
  const given = sink[secret.name]
  const isLeftOut = given === undefined || (given === hidden && !secret.isShown)
  return isLeftOut && before[secret.name] !== undefined ? { ...sink, [secret.name]: before[secret.name] } : sink
}

function openSink({ id, sealed_sink }: LogStream, sealer: Sealer): Sink {
  return JSON.parse(sealer.open(sealed_sink, logStreamSinkContext(id)))
}

/** A stream as clients see it, its members in Auth0's order. One that nobody delivers says so: it is `paused`, unless it is suspended. */
function view(stream: LogStream & { readonly revision?: number }, { sealer }: Pick<ManagementPorts, 'sealer'>): object {
  const { id, name, type, status, sealed_sink: _sealed, revision: _revision, ...rest } = stream
  const sink = openSink(stream, sealer)
  const secret = keptSecrets[type]
  return {
    id,
    ...(name !== undefined && { name }),
    type,
    status: isDelivered(type) || status === 'suspended' ? status : 'paused',
    sink: secret?.isShown === false ? { ...sink, [secret.name]: hidden } : sink,
    ...rest,
  }
}
