import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenBundler } from '../support/bundler.ts'
import { buildBundle, installed, openInstalledBundler } from './declared.ts'
import { openLoopback } from './loopback.ts'
import { action, claimsOf, openPackagePool, type PackagedCode, runActions } from './run-action.ts'
import { startPostgres, startRedis } from './services.ts'

let opened: OpenBundler

beforeAll(async () => {
  opened = await openInstalledBundler()
}, 60_000)

afterAll(() => opened?.close())

async function claims(
  code: Omit<PackagedCode, 'bundle'>,
  names: readonly string[],
  ports: readonly number[],
): Promise<Record<string, unknown>> {
  const bundle = await buildBundle(opened, code.code, installed(...names))
  const pool = await openPackagePool(...ports)
  try {
    const [outcome] = await runActions(pool, opened, { ...code, bundle })
    return claimsOf(outcome)
  } finally {
    await pool.close()
  }
}

test('auth0 calls the Management API', { timeout: 120_000 }, async () => {
  const api = await openLoopback(
    () => ({ clients: [{ client_id: 'c1', name: 'Billing' }], start: 0, limit: 50, total: 1 }),
    {
      tls: true,
    },
  )
  const head = `const { ManagementClient } = require('auth0')`
  const body = `
    require('node:tls').setDefaultCACertificates([event.secrets.CERTIFICATE])
    const management = new ManagementClient({ domain: '127.0.0.1:' + event.secrets.PORT, token: 'management-token' })
    const { data } = await management.clients.list()
    claim('clients', data.map(({ name }) => name))`
  try {
    const secrets = { PORT: String(api.port), CERTIFICATE: api.certificate }
    const found = await claims({ code: action(head, body), secrets }, ['auth0'], [api.port])
    expect(found.clients).toEqual(['Billing'])
    expect(api.received[0]?.path).toMatch(/^\/api\/v2\/clients/)
    expect(api.received[0]?.headers.authorization).toBe('Bearer management-token')
  } finally {
    await api.close()
  }
})

test('@aws-sdk/client-dynamodb signs a PutItem and sends it', { timeout: 120_000 }, async () => {
  const dynamo = await openLoopback(() => ({ Attributes: { id: { S: 'old' } } }))
  const head = `const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb')`
  const body = `
    const client = new DynamoDBClient({
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:' + event.secrets.PORT,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: event.secrets.AWS },
    })
    const { Attributes } = await client.send(new PutItemCommand({ TableName: 'tokens', Item: { id: { S: 'new' } } }))
    claim('old', Attributes.id.S)`
  try {
    const secrets = { PORT: String(dynamo.port), AWS: 'wJalrXUtnFEMI' }
    const found = await claims({ code: action(head, body), secrets }, ['@aws-sdk/client-dynamodb'], [dynamo.port])
    expect(found.old).toBe('old')
    const [request] = dynamo.received
    expect(request?.headers['x-amz-target']).toBe('DynamoDB_20120810.PutItem')
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=[a-z0-9;-]*x-amz-date[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    )
    expect(JSON.parse(request?.body ?? '')).toEqual({ TableName: 'tokens', Item: { id: { S: 'new' } } })
  } finally {
    await dynamo.close()
  }
})

test('pg queries a real PostgreSQL', { timeout: 120_000 }, async ({ skip }) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return skip(postgres)
  const head = `const { Client } = require('pg')`
  const body = `
    const client = new Client({ connectionString: event.secrets.URL })
    await client.connect()
    await client.query('create table plans (client_id text, plan text)')
    await client.query('insert into plans values ($1, $2)', [event.client.client_id, 'gold'])
    const { rows } = await client.query('select plan from plans where client_id = $1', [event.client.client_id])
    await client.end()
    claim('rows', rows)`
  try {
    const found = await claims({ code: action(head, body), secrets: { URL: postgres.url } }, ['pg'], [postgres.port])
    expect(found.rows).toEqual([{ plan: 'gold' }])
  } finally {
    await postgres.stop()
  }
})

test('redis sets and gets in a real Redis', { timeout: 120_000 }, async ({ skip }) => {
  const redis = await startRedis()
  if (typeof redis === 'string') return skip(redis)
  const head = `const { createClient } = require('redis')`
  const body = `
    const client = createClient({ url: event.secrets.URL })
    await client.connect()
    await client.set('plan:' + event.client.client_id, 'gold', { EX: 60 })
    claim('plan', await client.get('plan:' + event.client.client_id))
    await client.close()`
  try {
    const found = await claims({ code: action(head, body), secrets: { URL: redis.url } }, ['redis'], [redis.port])
    expect(found.plan).toBe('gold')
  } finally {
    await redis.stop()
  }
})
