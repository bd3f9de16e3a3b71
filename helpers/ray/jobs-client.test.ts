import { describe, expect, test } from 'vitest'
import { BadInputError, CouldNotMeasureError } from '../errors.ts'
import { fakeRay } from './fake-ray.ts'
import { JobRejectedError, JobsClient, UnansweredError } from './jobs-client.ts'
import recorded from './ray-2.60.0.data.json' with { type: 'json' }

const { refusals } = recorded
const job = { id: 'a', entrypoint: 'python x.py', workingDirectory: 'gcs://_ray_pkg_1.zip', environment: { A: '1' } }

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.catch(thrown => thrown)
  return error instanceof Error ? error : expect.unreachable('it did not fail')
}

describe('what goes out', () => {
  test('the token in a header, a package as its bytes, a job as Ray wants it', async () => {
    await using ray = await fakeRay(() => ({ body: {} }))
    const client = new JobsClient(ray.url, 'secret')
    const bytes = new TextEncoder().encode('PK')
    expect(await client.upload({ name: '_ray_pkg_1.zip', bytes })).toBe('gcs://_ray_pkg_1.zip')
    await client.submit(job)
    expect(ray.requests.map(({ route }) => route)).toEqual(['PUT /api/packages/gcs/_ray_pkg_1.zip', 'POST /api/jobs/'])
    const [upload, submission] = ray.requests
    expect(upload?.body).toBe('PK')
    expect(JSON.parse(submission?.body ?? '')).toEqual({
      submission_id: 'a',
      entrypoint: 'python x.py',
      runtime_env: { working_dir: 'gcs://_ray_pkg_1.zip', env_vars: { A: '1' } },
    })
    for (const { headers } of ray.requests) {
      expect(headers.authorization).toBe('Bearer secret')
      // Ray takes nothing but GET from what looks like a browser.
      expect(Object.keys(headers).filter(name => /^sec-fetch|^origin$|^referer$/.test(name))).toEqual([])
    }
  })

  test('no header without a token', async () => {
    await using ray = await fakeRay(() => ({ body: { ray_version: '2.60.0' } }))
    expect(await new JobsClient(ray.url, null).version()).toBe('2.60.0')
    expect(ray.requests[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('what comes back', () => {
  test('nodes and what is waited for, as Ray tells them', async () => {
    const answers: Record<string, unknown> = {
      'GET /api/v0/nodes': recorded.nodes,
      'GET /api/cluster_status': recorded.clusterStatus.waitsForGpu,
      'GET /api/v0/actors': recorded.actors.supervisor,
    }
    await using ray = await fakeRay(route => ({ body: answers[route] }))
    const client = new JobsClient(ray.url, null)
    expect(await client.nodes()).toMatchObject([{ state: 'ALIVE', node_ip: '192.0.2.2', resources_total: { CPU: 8 } }])
    expect(await client.demands()).toEqual([{ GPU: 1 }])
    expect(await client.actors('01000000')).toMatchObject([{ class_name: 'JobSupervisor', num_restarts: 0 }])
  })

  test('nothing is waited for in the first seconds of a cluster', async () => {
    await using ray = await fakeRay(() => ({ body: recorded.clusterStatus.early }))
    expect(await new JobsClient(ray.url, null).demands()).toEqual([])
  })
})

describe('what goes wrong', () => {
  test('nothing answers', async () => {
    const url = await fakeRay(() => ({ body: '' })).then(async ray => {
      await ray[Symbol.asyncDispose]()
      return ray.url
    })
    const error = await errorOf(new JobsClient(url, 'secret').version())
    expect(error).toBeInstanceOf(UnansweredError)
    // The code that a run's exit code 3 goes by.
    expect(error).toMatchObject({ code: 'PERF_COULD_NOT_MEASURE' })
    expect(error.message).toMatch(/^Nothing answers at http:\/\/127.*PERF_RAY=local/)
  })

  test.for([
    ['no token', null, refusals.noToken, /it wants a token, and there is none.*RAY_AUTH_TOKEN/],
    ['a wrong token', 'secret', refusals.wrongToken, /does not accept the token in RAY_AUTH_TOKEN/],
  ] as const)('%s', async ([, token, refusal, message]) => {
    await using ray = await fakeRay(() => refusal)
    const error = await errorOf(new JobsClient(ray.url, token).version())
    expect(error).toBeInstanceOf(BadInputError)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('secret')
  })

  test.for([
    ['a page', { body: '<html>' }],
    ['other JSON', { body: { version: 'b10775' } }],
    ['no such route', { status: 404, body: 'Not Found' }],
  ] as const)('%s is no dashboard of Ray', async ([, answer]) => {
    await using ray = await fakeRay(() => answer)
    const error = await errorOf(new JobsClient(ray.url, null).version())
    expect(error).toBeInstanceOf(BadInputError)
    expect(error.message).toMatch(/is no dashboard of Ray.*8265/)
  })

  test.for([
    ['as it is put', refusals.malformed, /TypeError: entrypoint must be a string/],
    ['by the agent of a node', refusals.takenId, /submission_id t3 already exists/],
  ] as const)('a job is rejected %s', async ([, refusal, message]) => {
    await using ray = await fakeRay(() => refusal)
    const error = await errorOf(new JobsClient(ray.url, null).submit(job))
    expect(error).toBeInstanceOf(JobRejectedError)
    expect(error.message).toMatch(message)
  })

  test.for([
    ['a job that is not there', refusals.noSuchJob, /Job nope does not exist/],
    ['a fault of its own', { status: 500, body: 'Traceback\nKeyError: 1\n' }, /answers 500: KeyError: 1/],
  ] as const)('%s', async ([, refusal, message]) => {
    await using ray = await fakeRay(() => refusal)
    const error = await errorOf(new JobsClient(ray.url, null).job('nope'))
    expect(error).toBeInstanceOf(CouldNotMeasureError)
    expect(error).not.toBeInstanceOf(JobRejectedError)
    expect(error.message).toMatch(message)
  })

  test('an answer of another form names what is missing', async () => {
    await using ray = await fakeRay(() => ({ body: { status: 'DONE' } }))
    expect((await errorOf(new JobsClient(ray.url, null).job('a'))).message).toMatch(
      /form that this suite knows.*status/s,
    )
  })
})
