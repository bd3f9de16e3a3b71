import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { BadInputError } from '../errors.ts'
import { namedFiles } from './named-files.ts'

/**
 * Compiles what the package holds into `dist/`: JavaScript with types and source maps, at the paths of the sources, and
 * the files that they read when they run. tsconfig.build.json names the entries; whatever these import comes with them,
 * so tests and what only tests use stay out.
 *
 * @throws BadInputError when something does not compile, or a module names a file that is not there
 */
export function buildPackage(root: string): void {
  const dist = join(root, 'dist')
  rmSync(dist, { recursive: true, force: true })
  compile(root)
  const missing = globSync(join(dist, '**/*.js')).flatMap(module => addNamedFiles(root, dist, module))
  if (missing.length > 0)
    throw new BadInputError(
      `Building the package: not in dist: ${missing.join('; ')}. A program belongs to "files" of tsconfig.build.json.`,
    )
  for (const types of globSync(join(dist, '**/*.d.ts')))
    writeFileSync(types, namingJavaScript(readFileSync(types, 'utf8')))
}

function compile(root: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new BadInputError(`Building the package: it does not compile.\n${stdout}${stderr}`)
}

/** @returns what the module names and nobody has, in words */
function addNamedFiles(root: string, dist: string, module: string): string[] {
  return namedFiles(readFileSync(module, 'utf8'), '.js').flatMap(name => {
    const target = join(dirname(module), name)
    if (existsSync(target)) return []
    const source = join(root, relative(dist, target))
    if (target.endsWith('.js') || !existsSync(source)) return [`${name}, named by ${relative(dist, module)}`]
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(source, target)
    return []
  })
}

/** tsc leaves `.ts` in the imports of declarations. It resolves them itself; not every editor does. */
const namingJavaScript = (types: string): string =>
  types.replace(/(\b(?:from|import|module) ?\(?['"])(\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1$2.js$3')
