import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { requireDocker } from './docker.ts'

/**
 * An image that holds this machine's Node and the libraries that it needs, and nothing else: no registry is asked for
 * it. Removed when it is disposed of.
 */
export async function nodeImage(): Promise<AsyncDisposable & { image: string }> {
  const { dockerode } = (await requireDocker('The image for tests')).container
  const { stdout: libraries } = await promisify(execFile)('ldd', [process.execPath])
  const files = [process.execPath, ...(libraries.match(/\/\S+(?= \(0x)/g) ?? [])]
  const options = ['--create', '--dereference', '--absolute-names', '--transform', 's,^.*/node$,/usr/bin/node,']
  const tar = spawn('tar', [...options, ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [repo, tag] = ['vitest-llm-perf-test', `node-${process.pid}`]
  const changes = ['ENTRYPOINT ["/usr/bin/node"]', 'ENV PATH=/usr/bin']
  const answer = await dockerode.importImage(tar.stdout, { repo, tag, changes })
  answer.resume()
  await once(answer, 'end')
  const image = `${repo}:${tag}`
  return {
    image,
    async [Symbol.asyncDispose]() {
      await dockerode.getImage(image).remove({ force: true })
    },
  }
}
