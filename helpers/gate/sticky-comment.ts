import { z } from 'zod'
import { CouldNotMeasureError } from '../errors.ts'
import { commentMark } from './comment.ts'

/** Where the comment goes. */
export interface PullRequest {
  /** `https://api.github.com`, or that of an own server. */
  apiUrl: string
  /** `owner/name` */
  repository: string
  number: number
  token: string
}

const commentSchema = z.object({ id: z.number(), body: z.string().nullish(), html_url: z.string() })
type Comment = z.infer<typeof commentSchema>

const PAGE = 100

/**
 * Puts the gate's comment on a pull request: the one that is there is updated, so that there is never a second.
 *
 * @param body begins with `commentMark`
 * @returns what was done, and the comment's address
 * @throws CouldNotMeasureError when GitHub refuses or does not answer
 */
export async function putComment(
  where: PullRequest,
  body: string,
): Promise<{ done: 'added' | 'updated'; url: string }> {
  const old = await findComment(where)
  const { repository, number } = where
  const sent =
    old === null
      ? await ask(where, 'POST', `/repos/${repository}/issues/${number}/comments`, { body })
      : await ask(where, 'PATCH', `/repos/${repository}/issues/comments/${old.id}`, { body })
  return { done: old === null ? 'added' : 'updated', url: commentSchema.parse(sent).html_url }
}

async function findComment(where: PullRequest): Promise<Comment | null> {
  for (let page = 1; ; page++) {
    const path = `/repos/${where.repository}/issues/${where.number}/comments?per_page=${PAGE}&page=${page}`
    const comments = z.array(commentSchema).parse(await ask(where, 'GET', path))
    const found = comments.find(({ body }) => body?.startsWith(commentMark))
    if (found) return found
    if (comments.length < PAGE) return null
  }
}

async function ask({ apiUrl, token }: PullRequest, method: string, path: string, body?: object): Promise<unknown> {
  const doing = `putting the gate's comment on the pull request: ${method} ${apiUrl}${path}`
  let response: Response
  try {
    response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    throw new CouldNotMeasureError(`${doing}: ${cause instanceof Error ? (cause.cause ?? cause) : cause}`, { cause })
  }
  if (response.ok) return await response.json()
  const text = (await response.text()).slice(0, 300)
  throw new CouldNotMeasureError(
    `${doing}: GitHub answered ${response.status}: ${text}. Allowed: a token with \`pull-requests: write\`, which a pull request from a fork does not get.`,
  )
}
