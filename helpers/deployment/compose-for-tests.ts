import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DeploymentFiles } from './deployment-files.ts'

/** Why there is no Docker Compose v2 here; null where there is. */
export function whyNoCompose(): string | null {
  const { status, stdout, stderr, error } = spawnSync('docker', ['compose', 'version'], { encoding: 'utf8' })
  if (error) return `there is no docker command (${error.message})`
  if (status !== 0) return `there is no Docker Compose: ${stderr.trim().split('\n')[0]}`
  return / v?([2-9]|\d\d)\./.test(stdout) ? null : `${stdout.trim()} is too old: it must be 2 or newer`
}

/** Why a container of the image cannot be started here; null where it can. */
export function whyNoImage(image: string): string | null {
  const { status } = spawnSync('docker', ['image', 'inspect', image])
  return status === 0 ? null : `this machine has no image ${image}`
}

export interface Deployed extends AsyncDisposable {
  /** What `docker compose` printed; rejects with all of it where it fails. */
  compose(...words: string[]): Promise<string>
  /** Containers, volumes and networks that are there now. */
  left(): Promise<string[]>
}

/** The files in a folder of their own, as a project of their own. All of it is gone when it is disposed of. */
export async function deploy(
  { '.env': variables, 'docker-compose.yml': compose }: DeploymentFiles,
  environment: Record<string, string> = {},
): Promise<Deployed> {
  const folder = await mkdtemp(join(tmpdir(), 'deployment-'))
  await writeFile(join(folder, '.env'), variables)
  await writeFile(join(folder, 'docker-compose.yml'), compose)
  const project = `deployment-test-${process.pid}-${folder.slice(-6).toLowerCase()}`
  // Nothing else of this shell's: a variable of the same name would win over the file's.
  const own = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|DOCKER_\w+)$/.test(name))
  const env = { ...Object.fromEntries(own), ...environment }
  const docker = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)('docker', words, { env })).stdout
  const inProject = ['compose', '--project-directory', folder, '--project-name', project]
  return {
    compose: (...words) => docker(...inProject, ...words),
    left: async () => {
      const filter = ['--filter', `label=com.docker.compose.project=${project}`, '--quiet']
      const lists = [
        ['ps', '--all'],
        ['volume', 'ls'],
        ['network', 'ls'],
      ] as const
      const found = await Promise.all(lists.map(words => docker(...words, ...filter)))
      return found.join('').split('\n').filter(Boolean)
    },
    [Symbol.asyncDispose]: async () => {
      await docker(...inProject, 'down', '--volumes', '--timeout', '5')
      await rm(folder, { recursive: true })
    },
  }
}
