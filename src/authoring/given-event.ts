import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { type GivenEvent, isJsonObject, type Json, type JsonObject } from '../compose-try.ts'
import { FormFault } from './fault.ts'

/** What may stand at a place of an event: a text, a list of texts, an object of texts or of anything, or an object of known members. */
type Shape = 'text' | 'number' | 'texts' | 'map of texts' | 'map' | { readonly [member: string]: Shape }

/** The event object as Auth0 documents it. */
const eventShape = {
  accessToken: { customClaims: 'map', scope: 'texts' },
  client: { client_id: 'text', metadata: 'map of texts', name: 'text' },
  custom_domain: { domain: 'text', domain_metadata: 'map of texts' },
  organization: { display_name: 'text', id: 'text', metadata: 'map of texts', name: 'text' },
  request: {
    body: 'map',
    geoip: {
      cityName: 'text',
      continentCode: 'text',
      countryCode: 'text',
      countryCode3: 'text',
      countryName: 'text',
      latitude: 'number',
      longitude: 'number',
      subdivisionCode: 'text',
      subdivisionName: 'text',
      timeZone: 'text',
    },
    hostname: 'text',
    ip: 'text',
    language: 'text',
    method: 'text',
    user_agent: 'text',
  },
  resource_server: { identifier: 'text' },
  secrets: 'map of texts',
  tenant: { id: 'text' },
  transaction: { correlation_id: 'text', requested_scopes: 'texts', target_scopes: 'texts' },
} as const satisfies Shape

/** The client of an event that names none. */
export const exampleClient = { client_id: 'example-client', name: 'Example client', metadata: {} }
/** Its API. */
export const exampleApi = { identifier: 'https://api.example.com/' }
/** What the client is granted there. */
export const exampleScopes = ['read:items', 'write:items']
const exampleRequest = {
  geoip: {},
  hostname: 'localhost',
  ip: '127.0.0.1',
  method: 'POST',
  user_agent: 'symbolon try',
}
const exampleOrganization = { id: 'org_example', name: 'example', display_name: 'Example organization', metadata: {} }
const exampleDomain = { domain: 'auth.example.com', domain_metadata: {} }

/** The event of a try, and the secrets that came with it. */
export interface GivenParts {
  readonly event: GivenEvent
  readonly secrets: Readonly<Record<string, string>>
}

/** Parts of an event, as they are given: an example stands for what is left out. */
export type EventParts = {
  readonly [Member in keyof GivenEvent]?: Partial<NonNullable<GivenEvent[Member]>>
} & { readonly secrets?: Readonly<Record<string, string>> }

/** What an event does not hold: where, from its top, and the rule in one sentence that names the place. */
export interface EventFault {
  readonly path: readonly string[]
  readonly message: string
}

/** The event of an exchange that was, as its log entry keeps it, and how a fault of it is introduced. */
export interface PastEvent {
  readonly event: Json
  readonly where: string
}

/**
 * The event of a try: an example or, where one is given, that of a past exchange; over it the parts of a file (JSON or YAML) and, over both,
 * what is set by path. What the file says of an object of any names (metadata, claims, a body) takes the place of what was there. Refuses a
 * name that an event does not hold, and a value of another kind, naming it and what is known beside it.
 */
export async function givenEvent(
  file: string | undefined,
  settings: readonly string[],
  past?: PastEvent,
): Promise<GivenParts> {
  const before = past === undefined ? {} : checkedEvent(past.event, past.where)
  let given = file === undefined ? {} : checkedEvent(await readEventFile(file), `${file}: `)
  if (past !== undefined) given = partsOver(before, given)
  for (const setting of settings) given = withSetting(given, setting)
  return wholeEvent(given, past === undefined ? exampleRequest : {})
}

/** The event of parts that are given as a value, as {@link givenEvent} makes it of a file's, and everything that is wrong with them. */
export function eventOf(given: Json): GivenParts & { readonly faults: readonly EventFault[] } {
  const faults: EventFault[] = []
  return { ...wholeEvent(checked(given, eventShape, ['event'], faults), exampleRequest), faults }
}

function wholeEvent({ secrets = {}, ...parts }: JsonObject, request: JsonObject): GivenParts {
  // The values were checked one by one against the shape, which is the event's.
  return { event: completed(parts, request) as GivenEvent, secrets: secrets as GivenParts['secrets'] }
}

function checkedEvent(value: Json, where: string): JsonObject {
  const faults: EventFault[] = []
  const parts = checked(value, eventShape, ['event'], faults)
  throwFirst(faults, where)
  return parts
}

function throwFirst([fault]: readonly EventFault[], where: string): void {
  if (fault !== undefined) throw new FormFault(`${where}${fault.message}`)
}

/** Each part of an event with the members of another one in their places. */
function partsOver(before: JsonObject, given: JsonObject): JsonObject {
  const parts = Object.entries(given).map(([name, part]): [string, Json] => [name, over(membersOf(before[name]), part)])
  return { ...before, ...Object.fromEntries(parts) }
}

function membersOf(part: Json | undefined): JsonObject {
  return isJsonObject(part) ? part : {}
}

async function readEventFile(file: string): Promise<Json> {
  const read = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new FormFault(`--event ${file}: cannot be read (${code}): give a JSON or YAML file`)
  })
  const text = read.replace(/^\uFEFF/, '')
  try {
    if (extname(file) === '.json') return JSON.parse(text)
    const { parse } = await import('yaml')
    return parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new FormFault(`--event ${file}: does not parse: ${reason}`)
  }
}

/** What an example needs beside what is given, so that a part of it makes a whole. */
function completed(given: JsonObject, exampleRequest: JsonObject): JsonObject {
  const { accessToken = {}, client, custom_domain, organization, request, resource_server, transaction = {} } = given
  const whole = {
    client: over(exampleClient, client),
    resource_server: over(exampleApi, resource_server),
  }
  const { client_id = '' } = whole.client
  const { identifier = '' } = whole.resource_server
  const body = { grant_type: 'client_credentials', client_id, audience: identifier }
  const scope = over({}, transaction).target_scopes ?? exampleScopes
  return {
    ...given,
    ...whole,
    accessToken: over({ customClaims: {}, scope }, accessToken),
    request: over({ body, ...exampleRequest }, request),
    ...(organization !== undefined && { organization: over(exampleOrganization, organization) }),
    ...(custom_domain !== undefined && { custom_domain: over(exampleDomain, custom_domain) }),
  }
}

function over(example: JsonObject, given: Json | undefined): JsonObject {
  return isJsonObject(given) ? { ...example, ...given } : example
}

/** Answers the value without what is null (as Auth0 shows what it has not) and without what is at fault. */
function checked(
  value: Json,
  shape: { readonly [member: string]: Shape },
  path: readonly string[],
  faults: EventFault[],
): JsonObject {
  if (value === null) return {}
  const place = path.join('.')
  if (!isJsonObject(value)) {
    faults.push({ path, message: `${place} must be an object` })
    return {}
  }
  const members: Record<string, Json> = {}
  for (const [name, member] of Object.entries(value)) {
    // It is there in every event, and always empty.
    if (place === 'event' && name === 'configuration' && isJsonObject(member) && Object.keys(member).length === 0)
      continue
    const at = [...path, name]
    const expected = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (expected === undefined) faults.push({ path: at, message: unknownMember(name, shape, place) })
    else if (member === null) continue
    else if (typeof expected === 'object') members[name] = checked(member, expected, at, faults)
    else if (faultOf(member, expected) === undefined) members[name] = member
    else faults.push({ path: at, message: `${at.join('.')} must be ${faultOf(member, expected)}` })
  }
  return members
}

function unknownMember(name: string, shape: { readonly [member: string]: Shape }, place: string): string {
  return `${place} has no ${JSON.stringify(name)}; it holds ${Object.keys(shape).join(', ')}`
}

function faultOf(value: Json, shape: Exclude<Shape, object>): string | undefined {
  const isText = (each: Json) => typeof each === 'string'
  switch (shape) {
    case 'text':
      return isText(value) ? undefined : 'a text'
    case 'number':
      return typeof value === 'number' ? undefined : 'a number'
    case 'texts':
      return Array.isArray(value) && value.every(isText) ? undefined : 'a list of texts'
    case 'map of texts':
      return isJsonObject(value) && Object.values(value).every(isText) ? undefined : 'an object whose values are texts'
    case 'map':
      return isJsonObject(value) ? undefined : 'an object'
  }
}

/** One `path=value` over what is given. What follows an object of any names is one name of it, dots and all. */
function withSetting(given: JsonObject, setting: string): JsonObject {
  const { name: path, value: text } = assignment(setting, '--set', 'client.metadata.tier=gold')
  const where = `--set ${path}: `
  const names = path.replace(/^event\./, '').split('.')
  const walk = (target: Json | undefined, shape: Shape, rest: readonly string[], place: string): Json => {
    const [name, ...further] = rest
    if (name === undefined) return typedValue(text, shape, place, where)
    const members = isJsonObject(target) ? target : {}
    if (shape === 'map' || shape === 'map of texts') {
      const key = rest.join('.')
      const value = shape === 'map' ? parsedOr(text) : textOf(text)
      return { ...members, [key]: value }
    }
    if (typeof shape === 'string') throw new FormFault(`${where}${place} is ${named(shape)} and holds nothing below it`)
    const next = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (next === undefined) throw new FormFault(`${where}${unknownMember(name, shape, place)}`)
    return { ...members, [name]: walk(members[name], next, further, `${place}.${name}`) }
  }
  const result = walk(given, eventShape, names, 'event')
  return isJsonObject(result) ? result : given
}

function named(shape: Exclude<Shape, object>): string {
  return shape === 'texts' ? 'a list of texts' : `a ${shape}`
}

function typedValue(text: string, shape: Shape, place: string, where: string): Json {
  if (shape === 'text') return textOf(text)
  const value = parsedOr(text)
  if (typeof shape === 'object') {
    const faults: EventFault[] = []
    const members = checked(value, shape, place.split('.'), faults)
    throwFirst(faults, where)
    return members
  }
  // As scopes are written everywhere else.
  if (shape === 'texts' && typeof value === 'string') return value.split(' ').filter((each) => each !== '')
  const fault = faultOf(value, shape)
  if (fault !== undefined) throw new FormFault(`${where}${place} must be ${fault}`)
  return value
}

function textOf(text: string): string {
  const value = parsedOr(text)
  return typeof value === 'string' ? value : text
}

function parsedOr(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Reads `name=value` as it was given to an option. Refuses what has no name or no equals sign; the value is not repeated. */
export function assignment(
  given: string,
  option: string,
  example: string,
): { readonly name: string; readonly value: string } {
  const at = given.indexOf('=')
  if (at < 1) throw new FormFault(`${option} needs a name and a value: ${option} ${example}`)
  return { name: given.slice(0, at), value: given.slice(at + 1) }
}
