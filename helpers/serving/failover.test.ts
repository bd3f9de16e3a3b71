/**
 * Ten deaths of a model's process on a real engine: the embedded one, or the one that PERF_ENGINE names
 * (`PERF_ENGINE=ollama npx vitest run --project integration failover`).
 */
import { expect, test } from 'vitest'
import { startEngine } from '../engines/index.ts'
import { chooseModel } from '../fixtures/choose-model.ts'
import { type RequestRecord, runLoad, slice, syntheticWorkload } from '../load/index.ts'
import { resolveOptions } from '../options/index.ts'
import { isAlive } from '../processes/index.ts'
import { measureFailover } from './index.ts'

const DEATHS = 10
const loaded = { contextTokens: 256, slots: 2 } as const

test('a model whose process is killed under load recovers each time, and only what was in flight on it is lost', async () => {
  const options = resolveOptions()
  await using engine = await startEngine(options)
  const choose = (instance: number) => chooseModel({ model: 'qwen2.5-0.5b', role: 'small', instance }, engine, options)
  const [victim, bystander] = [await choose(1), await choose(2)]
  for (const model of [victim, bystander]) await engine.load(model, loaded)
  const workload = await syntheticWorkload({
    promptTokens: 16,
    outputTokens: 8,
    seed: 1,
    fixedOutput: engine.traits.fixedOutput,
    seeded: engine.traits.seeded,
  })
  let asked = 0
  const ask = async (name: string): Promise<RequestRecord> => {
    const { promise, resolve } = Promise.withResolvers<RequestRecord>()
    const index = asked++
    const requests = slice(workload.requests(0), index, index + 1)
    const schedule = { kind: 'closed loop', concurrency: 1 } as const
    await runLoad({ target: engine.target(name), requests, schedule, batch: 0, onRecord: resolve })
    return await promise
  }
  const pids = new Set<number>()
  let lost = 0
  for (let death = 1; death <= DEATHS; death++) {
    const before = await engine.modelProcess(victim.name)
    if (before.state === 'absent') throw new Error(before.reason)
    pids.add(before.value.pid)
    const found = await measureFailover({
      engine,
      victim: victim.name,
      bystanders: [bystander.name],
      concurrency: 2,
      answers: 2,
      ask,
      reload: () => engine.load(victim, loaded),
      limitMs: 300_000,
    })
    if (found.state === 'absent') throw new Error(found.reason)
    const { value: account } = found
    process.stdout.write(`death ${death}: ${JSON.stringify(account)}\n`)
    expect(account, `death ${death}`).toMatchObject({
      failedOtherwise: 0,
      failedElsewhere: 0,
      firstOtherFailure: null,
      recoveryMs: { state: 'measured' },
    })
    expect(account.answeredAfterwards).toBeGreaterThanOrEqual(2)
    expect(account.elsewhere).toBeGreaterThanOrEqual(4)
    expect(account.lost).toBeLessThanOrEqual(account.inFlight)
    expect(isAlive(before.value.pid)).toBe(false)
    lost += account.lost
  }
  // Each death was one of another process, and they were killed at work.
  expect(pids.size).toBe(DEATHS)
  expect(lost).toBeGreaterThan(0)
}, 1_200_000)
