import type { ManagementRefusalRow } from './refusals.ts'

type Nothing = Readonly<Record<never, never>>

/** What each refusal about logs, log streams and statistics is filled from. */
export interface LogRefusalValues {
  'log-unknown': Nothing
  'log-from-unknown': { readonly from: string }
  'log-sort-unknown': { readonly sort: string }
  'log-query-unreadable': { readonly at: number; readonly fault: string }
  'log-search-cut': Nothing
  'log-stream-unknown': Nothing
  'log-streams-full': Nothing
  'log-stream-http': { readonly endpoint: string }
  'log-stream-user': Nothing
  'log-stream-header': { readonly header: string }
  'log-stream-start': { readonly startFrom: string }
  'log-stream-file': { readonly fault: string }
  'stats-day-unreadable': { readonly name: string; readonly text: string }
}

/** Every refusal about logs, log streams and statistics: rows of the one table of this API. */
export const logRefusals: { readonly [R in keyof LogRefusalValues]: ManagementRefusalRow<LogRefusalValues[R]> } = {
  'log-unknown': { status: 404, message: () => 'Log not found.', source: 'documented' },
  'log-from-unknown': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `The value ${JSON.stringify(v.from)} of from is no log_id; give that of an entry`,
    source: 'ours',
  },
  'log-sort-unknown': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `Logs cannot be sorted by ${JSON.stringify(v.sort)}; give date:-1 or date:1`,
    source: 'ours',
  },
  'log-query-unreadable': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `The search cannot be read at character ${v.at}: ${v.fault}`,
    source: 'ours',
  },
  'log-search-cut': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: () =>
      'The search read as much of the log as one search may and found too little; narrow it by date, as in date:[2026-01-31 TO *]',
    source: 'ours',
  },
  'log-stream-unknown': { status: 404, message: () => 'The log stream does not exist.', source: 'observed' },
  'log-streams-full': {
    status: 409,
    message: () => 'You have reached the maximum number of log streams for your account.',
    source: 'documented',
  },
  'log-stream-http': {
    status: 400,
    errorCode: 'invalid_body',
    message: (v) =>
      `Payload validation error: 'String does not match pattern ^https://.*: ${v.endpoint}' on property sink.httpEndpoint.`,
    source: 'observed',
  },
  'log-stream-user': {
    status: 400,
    errorCode: 'invalid_body',
    message: () => 'httpEndpoint names a user, whom no request is sent with; give httpAuthorization in its place',
    source: 'ours',
  },
  'log-stream-header': {
    status: 400,
    errorCode: 'invalid_body',
    message: (v) =>
      `The header ${JSON.stringify(v.header)} cannot be sent with a log stream; leave it out of httpCustomHeaders`,
    source: 'ours',
  },
  'log-stream-start': {
    status: 400,
    errorCode: 'invalid_body',
    message: (v) => `The value ${JSON.stringify(v.startFrom)} of startFrom is no date; write it as RFC 3339 says`,
    source: 'ours',
  },
  'log-stream-file': { status: 400, errorCode: 'invalid_body', message: (v) => v.fault, source: 'ours' },
  'stats-day-unreadable': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `The value ${JSON.stringify(v.text)} of ${v.name} is no day; write it as YYYYMMDD`,
    source: 'ours',
  },
}
