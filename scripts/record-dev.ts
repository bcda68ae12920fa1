import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DevFile } from '../src/cli/dev-file.ts'

const root = resolve(import.meta.dirname, '..')
/** Milliseconds until what was asked for must have been printed. */
const patienceMs = 20_000
const columns = 132
const domain = 'localhost:4443'

/** One piece of a line, and the colour codes (ECMA-48 §8.3.117) that hold for it. */
interface Piece {
  readonly text: string
  readonly codes: readonly number[]
}

// Read well on the dark ground of the picture.
const colours: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
  2: '#8b949e',
}

/** Codes that take back others. */
const ends: Readonly<Record<number, (code: number) => boolean>> = {
  0: () => true,
  22: (code) => code === 1 || code === 2,
  23: (code) => code === 3,
  24: (code) => code === 4,
  39: (code) => (code >= 30 && code <= 37) || code >= 90,
}

/** A terminal's text as an SVG picture of it, cut at the terminal's width. */
function svgOf(text: string, title: string): string {
  const lines = text.split('\n').map(piecesOf)
  const [left, top, lineHeight, characterWidth] = [16, 56, 18, 7.83]
  const width = Math.round(left * 2 + columns * characterWidth)
  const height = top + lines.length * lineHeight
  const rows = lines.map((pieces, index) => {
    const spans = cut(pieces).map(({ text, codes }) => `<tspan${styleOf(codes)}>${escaped(text)}</tspan>`)
    return spans.length === 0 ? '' : `<text x="${left}" y="${top + index * lineHeight}">${spans.join('')}</text>\n`
  })
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${20 + index * 20}" cy="20" r="6" fill="${fill}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6edf3;white-space:pre}</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${dots.join('')}<text x="${width / 2}" y="25" text-anchor="middle">${escaped(title)}</text>
${rows.join('')}</svg>
`
}

function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = []
  let codes: readonly number[] = []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape begins each colour code
  for (const [index, part] of line.split(/\u001b\[([\d;]*)m/).entries()) {
    if (index % 2 === 0) {
      if (part !== '') pieces.push({ text: part, codes })
      continue
    }
    for (const code of part.split(';').map(Number)) {
      const isOver = ends[code]
      codes = isOver === undefined ? [...codes, code] : codes.filter((each) => !isOver(each))
    }
  }
  return pieces
}

/** As much of a line as the terminal is wide, the last column telling that there was more. */
function cut(pieces: readonly Piece[]): readonly Piece[] {
  let left = columns
  return pieces.flatMap(({ text, codes }) => {
    if (left <= 0) return []
    const shown = text.length > left ? `${text.slice(0, left - 1)}…` : text
    left -= text.length
    return [{ text: shown, codes }]
  })
}

function styleOf(codes: readonly number[]): string {
  const fill = codes.map((code) => colours[code]).findLast((colour) => colour !== undefined)
  return `${fill === undefined ? '' : ` fill="${fill}"`}${codes.includes(1) ? ' font-weight="bold"' : ''}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** Serves a copy of the quickstart, asks for tokens, breaks an Action and mends it; answers what the terminal showed. */
async function record(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'symbolon-record-'))
  const dir = join(folder, 'examples/quickstart')
  cpSync(join(root, 'examples/quickstart'), dir, { recursive: true })
  const child = spawn(process.execPath, [join(root, 'bin/symbolon.cjs'), 'dev', 'examples/quickstart'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, FORCE_COLOR: '1', PORT: '0', TLS_PORT: '0', DOMAIN: domain },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let printed = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    for (const look of waiting) look()
  })
  const prints = (what: string): Promise<void> =>
    new Promise((done, fail) => {
      const from = printed.length
      const give = () => fail(new Error(`"${what}" was not printed: ${printed}`))
      const impatience = setTimeout(give, patienceMs)
      closed.then(give, give)
      const look = () => {
        if (!printed.slice(from).includes(what)) return
        clearTimeout(impatience)
        waiting.delete(look)
        done()
      }
      waiting.add(look)
    })
  try {
    await prints('Ctrl-C stops')
    const { http_url, clients, management }: DevFile = JSON.parse(
      readFileSync(join(folder, '.symbolon/dev.json'), 'utf8'),
    )
    const ask = async (name: string, more: Readonly<Record<string, string>>) => {
      const client = clients.find((each) => each.name === name)
      if (client === undefined) throw new Error(`no client ${name}`)
      const { client_id, client_secret, audiences } = client
      const body = new URLSearchParams({
        ...{ grant_type: 'client_credentials', client_id, client_secret, audience: audiences[0] ?? '' },
        ...more,
      })
      const told = prints(`${name}`)
      await fetch(`${http_url}/oauth/token`, { method: 'POST', body })
      await told
    }
    await ask('billing-service', {})
    await ask('partner-portal', { region: 'mars' })
    const file = join(dir, 'actions/enrich-token/code.js')
    const code = readFileSync(file, 'utf8')
    const refused = prints('keeps serving')
    writeFileSync(file, code.replace('?? metadata.partner', '??'))
    await refused
    const live = prints('is live')
    writeFileSync(
      file,
      code.replace('console.log(', "api.accessToken.setCustomClaim('org_id', 'acme')\n  console.log("),
    )
    await live
    await ask('billing-service', {})
    // As a reader's own would show it, and no ids that are nobody's.
    const spelled: readonly (readonly [was: string, is: string])[] = [
      [http_url, 'http://localhost:4400'],
      [`${folder}/`, ''],
      ...[management, ...clients].flatMap((client) =>
        client === null
          ? []
          : [[client.client_id, 'CLIENT_ID'] as const, [client.client_secret, 'CLIENT_SECRET'] as const],
      ),
    ]
    return spelled
      .reduce((text, [was, is]) => text.replaceAll(was, is), printed)
      .replace(/^warning: Actions run as root.*\n/m, '')
      .trimEnd()
  } finally {
    child.kill('SIGINT')
    await closed
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main)
  writeFileSync(join(root, 'docs/dev.svg'), svgOf(await record(), 'symbolon dev examples/quickstart'))
