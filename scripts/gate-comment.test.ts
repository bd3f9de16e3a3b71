import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { commentMark } from '../helpers/gate/index.ts'

const script = join(import.meta.dirname, 'gate-comment.ts')

/** A job of GitHub Actions for pull request 12: its event, its API, and a comment to post. */
const test = base.extend('job', async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'gate-comment-'))
  const posted: string[] = []
  const server = createServer((incoming, answer) => {
    let text = ''
    incoming.on('data', chunk => (text += chunk))
    incoming.on('end', () => {
      if (incoming.method === 'POST') posted.push(`${incoming.url} ${JSON.parse(text).body}`)
      answer.end(incoming.method === 'GET' ? '[]' : '{ "id": 1, "html_url": "https://github.test/1" }')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onCleanup(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const event = join(folder, 'event.json')
  await writeFile(event, JSON.stringify({ pull_request: { number: 12, head: { sha: 'abc' } } }))
  await writeFile(join(folder, 'comment.md'), `${commentMark}\ntext`)
  await writeFile(join(folder, 'other.md'), 'text')
  const env = {
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    GITHUB_REPOSITORY: 'o/n',
    GITHUB_EVENT_PATH: event,
    GITHUB_TOKEN: 'secret',
  }
  return { folder, posted, env }
})

async function run(cwd: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], { cwd, env: { PATH: process.env.PATH, ...env } })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (text += chunk))
  const [exitCode] = await once(child, 'close')
  return { exitCode, text }
}

test('posts the comment on the pull request of the event', async ({ job }) => {
  expect(await run(job.folder, ['comment.md'], job.env)).toEqual({
    exitCode: 0,
    text: 'Comment added: https://github.test/1\n',
  })
  expect(job.posted).toEqual([`/repos/o/n/issues/12/comments ${commentMark}\ntext`])
})

test('refuses a file that is no comment of the gate', async ({ job }) => {
  const { exitCode, text } = await run(job.folder, ['other.md'], job.env)
  expect(exitCode).toBe(2)
  expect(text).toContain('it does not begin with <!--')
  expect(job.posted).toEqual([])
})
