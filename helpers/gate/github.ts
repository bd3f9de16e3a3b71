import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { BadInputError } from '../errors.ts'
import type { PullRequest } from './sticky-comment.ts'

/** What was measured and where its artifacts are; nulls outside of GitHub Actions. */
export interface RunLinks {
  commit: string | null
  runUrl: string | null
}

/** Variables that GitHub sets for every step. */
type Environment = Readonly<Record<string, string | undefined>>

const eventSchema = z.object({
  pull_request: z.object({ number: z.number().int(), head: z.object({ sha: z.string() }) }).optional(),
})

/** Of a pull request its newest commit, not the merge that GitHub made for the run. */
export function runLinks(environment: Environment): RunLinks {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run, GITHUB_SHA: sha } = environment
  return {
    commit: eventOf(environment).pull_request?.head.sha ?? sha ?? null,
    runUrl: server && repository && run ? `${server}/${repository}/actions/runs/${run}` : null,
  }
}

/** @throws BadInputError when the step does not run for a pull request, or has no token */
export function pullRequestOf(environment: Environment): PullRequest {
  const { GITHUB_API_URL: apiUrl, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = environment
  const number = eventOf(environment).pull_request?.number
  if (!apiUrl || !repository || number === undefined)
    throw new BadInputError(
      "putting the gate's comment on a pull request: this is no run of GitHub Actions for one; it needs GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_EVENT_PATH.",
    )
  if (!token) throw new BadInputError("putting the gate's comment on a pull request: GITHUB_TOKEN is missing.")
  return { apiUrl, repository, number, token }
}

function eventOf({ GITHUB_EVENT_PATH: path }: Environment): z.infer<typeof eventSchema> {
  if (!path) return {}
  try {
    return eventSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new BadInputError(`reading the event of this run, ${path}: ${String(cause)}`, { cause })
  }
}
