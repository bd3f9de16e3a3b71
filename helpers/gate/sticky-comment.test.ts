import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test as base, expect } from 'vitest'
import { commentMark, putComment } from './index.ts'

interface Request {
  method: string
  path: string
  authorization: string
  body: string | null
}

/** The comments of a pull request, as GitHub's REST API has them: pages of at most 100, the oldest first. */
const test = base.extend('github', async ({}, { onCleanup }) => {
  const comments: { id: number; body: string; html_url: string }[] = []
  const requests: Request[] = []
  const state = { refuse: false }
  const server = createServer((incoming, answer) => {
    let text = ''
    incoming.on('data', chunk => (text += chunk))
    incoming.on('end', () => {
      const { method = '', url = '' } = incoming
      const body: string | null = text === '' ? null : JSON.parse(text).body
      requests.push({ method, path: url, authorization: incoming.headers.authorization ?? '', body })
      const send = (status: number, value: unknown) => answer.writeHead(status).end(JSON.stringify(value))
      if (state.refuse) return send(403, { message: 'Resource not accessible by integration' })
      const page = Number(new URL(url, 'http://x').searchParams.get('page'))
      if (method === 'GET') return send(200, comments.slice(100 * (page - 1), 100 * page))
      const id = method === 'POST' ? comments.length + 1 : Number(url.split('/').at(-1))
      const comment = { id, body: body ?? '', html_url: `https://github.test/comment/${id}` }
      comments[id - 1] = comment
      send(method === 'POST' ? 201 : 200, comment)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onCleanup(() => void server.close())
  const { port } = server.address() as AddressInfo
  const where = { apiUrl: `http://127.0.0.1:${port}`, repository: 'o/n', number: 12, token: 'secret' }
  const says = (body: string) => comments.push({ id: comments.length + 1, body, html_url: '' })
  return { comments, requests, state, where, says }
})

test('adds a comment where there is none', async ({ github }) => {
  github.says('looks good')
  const put = await putComment(github.where, `${commentMark}\nfirst`)
  expect(put).toEqual({ done: 'added', url: 'https://github.test/comment/2' })
  expect(github.requests.at(-1)).toMatchObject({
    method: 'POST',
    path: '/repos/o/n/issues/12/comments',
    authorization: 'Bearer secret',
  })
})

test('updates its own and touches no other', async ({ github }) => {
  github.says(`> ${commentMark}\nquoted`)
  await putComment(github.where, `${commentMark}\nfirst`)
  github.says('what does that mean?')
  const put = await putComment(github.where, `${commentMark}\nsecond`)
  expect(put.done).toBe('updated')
  expect(github.comments.map(({ body }) => body)).toEqual([
    `> ${commentMark}\nquoted`,
    `${commentMark}\nsecond`,
    'what does that mean?',
  ])
})

test('finds its own behind more than a page of others', async ({ github }) => {
  for (let i = 0; i < 150; i++) github.says(`comment ${i}`)
  github.says(`${commentMark}\nold`)
  expect(await putComment(github.where, `${commentMark}\nnew`)).toMatchObject({ done: 'updated' })
  expect(github.comments).toHaveLength(151)
})

test('a refusal says what was asked, what GitHub said, and never the token', async ({ github }) => {
  github.state.refuse = true
  const error = await putComment(github.where, commentMark).catch((error: Error) => error)
  expect(error).toMatchObject({ code: 'PERF_COULD_NOT_MEASURE' })
  expect((error as Error).message).toMatch(/GET http.*comments.*403: .*not accessible.*pull-requests: write/)
  expect((error as Error).message).not.toContain('secret')
})

test('a GitHub that does not answer is told as such', async ({ github }) => {
  const where = { ...github.where, apiUrl: 'http://127.0.0.1:1' }
  await expect(putComment(where, commentMark)).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:1.*(ECONNREFUSED|bad port)/)
})
