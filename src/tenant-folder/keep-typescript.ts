import { isJsonObject, type Json } from '../domain/index.ts'
import type { FolderReading } from './folder-tenant.ts'
import { type FolderTexts, jsonText } from './folder-texts.ts'
import { textOf } from './served-tenant.ts'
import { isTypeScript } from './typescript.ts'

/**
 * The files of an export into a folder in which actions and modules are written in TypeScript. A source that compiles to the code that the server
 * has stays what its object names. Of another one a note says that its object names the server's code from now on; the source itself is
 * not among the files, so nothing becomes of it.
 */
export function keepTypeScript(
  { files, notes }: FolderTexts,
  before: Pick<FolderReading, 'actions' | 'modules'>,
): FolderTexts {
  const kept = new Map(files)
  const said = [...notes]
  for (const { name, code, codeFile, place } of [...before.actions, ...before.modules]) {
    const object = parsed(files.get(place.file))
    if (!isTypeScript(codeFile) || !isJsonObject(object) || object.name !== name) continue
    const written = textOf(object, 'code').replace('./', '')
    if (files.get(written) === code) {
      kept.delete(written)
      kept.set(place.file, jsonText({ ...object, code: `./${codeFile}` }))
    } else said.push(`${codeFile} is not what the server runs: ${place.file} names ${written} instead`)
  }
  return { files: kept, notes: said }
}

function parsed(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : JSON.parse(text)
}
