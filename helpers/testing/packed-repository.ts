import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** What `npm pack` made of a copy of this repository. Removed when disposed, with every project that installed it. */
export interface PackedRepository extends AsyncDisposable {
  /** The copy's folder. */
  readonly copy: string
  /** Bytes, compressed and not. */
  readonly size: number
  readonly unpackedSize: number
  /** Paths in the package, without `package/`. */
  readonly files: string[]
  /** package.json of the package. */
  readonly manifest: PackedManifest
  /**
   * A project outside the repository, made of a copy of `example/`, that has the package installed: unpacked from the
   * tarball, and of all other packages only its dependencies and these, as links to the repository's own, so that no
   * network is needed. What the package imports without declaring it is not there.
   */
  install(others: readonly string[]): Promise<string>
}

export interface PackedManifest {
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
  exports: Record<string, unknown>
  [field: string]: unknown
}

/** Not of the sources, or as large as all of them together. */
const notCopied = new Set(['node_modules', '.git', '.vitest', 'dist'])

export async function packRepository(): Promise<PackedRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'perf-package-'))
  const copy = join(folder, 'repository')
  await cp(root, copy, {
    recursive: true,
    filter: path => !notCopied.has(relative(root, path)),
  })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, '--no-foreground-scripts'], {
    cwd: copy,
    env: { ...process.env, npm_config_offline: 'true' },
  })
  const [packed] = JSON.parse(stdout) as {
    filename: string
    size: number
    unpackedSize: number
    files: { path: string }[]
  }[]
  if (packed === undefined) throw new Error(`npm pack named no tarball: ${stdout}`)
  const unpacked = join(folder, 'unpacked')
  await unpack(join(folder, packed.filename), unpacked)
  const manifest: PackedManifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'))
  return {
    copy,
    size: packed.size,
    unpackedSize: packed.unpackedSize,
    files: packed.files.map(({ path }) => path),
    manifest,
    install: async others => {
      const project = await mkdtemp(join(folder, 'project-'))
      await cp(join(root, 'example'), project, { recursive: true })
      await unpack(join(folder, packed.filename), join(project, 'node_modules/vitest-llm-perf'))
      for (const name of [...Object.keys(manifest.dependencies), ...others]) {
        const link = join(project, 'node_modules', name)
        await mkdir(dirname(link), { recursive: true })
        await symlink(join(root, 'node_modules', name), link)
      }
      return project
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function unpack(tarball: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'])
}
