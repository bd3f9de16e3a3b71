import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { pullRequestOf, runLinks } from './index.ts'

const server = { GITHUB_API_URL: 'https://api.github.test', GITHUB_REPOSITORY: 'o/n', GITHUB_TOKEN: 'secret' }

/** Files with the events that GitHub starts a run for. */
const test = base.extend('events', async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'gate-events-'))
  onCleanup(() => rm(folder, { recursive: true }))
  const event = async (name: string, value: unknown) => {
    await writeFile(join(folder, name), JSON.stringify(value))
    return join(folder, name)
  }
  return {
    pullRequest: await event('pull.json', { action: 'opened', pull_request: { number: 12, head: { sha: 'head' } } }),
    schedule: await event('schedule.json', { schedule: '0 1 * * *' }),
    broken: await event('broken.json', { pull_request: { number: 'twelve' } }),
  }
})

describe('the pull request of a run', () => {
  test('is that of the event', ({ events }) => {
    expect(pullRequestOf({ ...server, GITHUB_EVENT_PATH: events.pullRequest })).toEqual({
      apiUrl: 'https://api.github.test',
      repository: 'o/n',
      number: 12,
      token: 'secret',
    })
  })

  test('is missing in any other run', ({ events }) => {
    const none = /this is no run of GitHub Actions for one/
    expect(() => pullRequestOf({ ...server, GITHUB_EVENT_PATH: events.schedule })).toThrow(none)
    expect(() => pullRequestOf({})).toThrow(none)
  })

  test('cannot be written to without a token', ({ events }) => {
    const environment = { ...server, GITHUB_EVENT_PATH: events.pullRequest, GITHUB_TOKEN: '' }
    expect(() => pullRequestOf(environment)).toThrow('GITHUB_TOKEN is missing')
  })

  test('an event that is not as GitHub writes it is told', ({ events }) => {
    expect(() => pullRequestOf({ ...server, GITHUB_EVENT_PATH: events.broken })).toThrow(
      /reading the event.*broken\.json/,
    )
  })
})

describe('links', () => {
  const run = {
    GITHUB_SERVER_URL: 'https://github.test',
    GITHUB_REPOSITORY: 'o/n',
    GITHUB_RUN_ID: '7',
    GITHUB_SHA: 'merge',
  }

  test('of a pull request lead to its newest commit, not to the merge', ({ events }) => {
    expect(runLinks({ ...run, GITHUB_EVENT_PATH: events.pullRequest })).toEqual({
      commit: 'head',
      runUrl: 'https://github.test/o/n/actions/runs/7',
    })
  })

  test('of any other run lead to what was checked out', ({ events }) => {
    expect(runLinks({ ...run, GITHUB_EVENT_PATH: events.schedule }).commit).toBe('merge')
  })

  test('are none outside of GitHub Actions', () => {
    expect(runLinks({})).toEqual({ commit: null, runUrl: null })
  })
})
