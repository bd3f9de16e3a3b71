import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadInputError } from '../errors.ts'
import { publishedManifest } from './published-manifest.ts'

/** npm packs the package.json that lies in the folder, so the repository's own one waits beside it meanwhile. */
const BACKUP = 'package.json.repository'

/**
 * Puts the published package.json in the place of the repository's, which it keeps in a file beside it. What an earlier
 * run left staged, because it was killed, is restored first.
 *
 * @throws BadInputError as `restoreManifest` does
 */
export function stageManifest(root: string): void {
  restoreManifest(root)
  const { manifest, backup, text } = paths(root)
  const staged = stagedText(text(manifest))
  copyFileSync(manifest, backup)
  replace(manifest, staged)
}

/**
 * Puts the repository's package.json back, byte for byte; does nothing where none waits.
 *
 * @throws BadInputError when the staged one was edited meanwhile: neither is touched then
 */
export function restoreManifest(root: string): void {
  const { manifest, backup, text } = paths(root)
  if (!existsSync(backup)) return
  const found = text(manifest)
  if (found !== text(backup) && found !== stagedText(text(backup)))
    throw new BadInputError(
      `Restoring ${manifest} after packing: it was edited while the one of the package was in its place. ` +
        `The repository's own is ${backup}: take the edits over into it, and rename it to package.json.`,
    )
  renameSync(backup, manifest)
}

const stagedText = (repository: string): string =>
  `${JSON.stringify(publishedManifest(JSON.parse(repository)), null, 2)}\n`

function paths(root: string) {
  return {
    manifest: join(root, 'package.json'),
    backup: join(root, BACKUP),
    text: (path: string) => readFileSync(path, 'utf8'),
  }
}

/** Whole or not at all: a half-written package.json stops every npm command. */
function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}
