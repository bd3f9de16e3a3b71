/**
 * What the load client itself costs, and how far its times are from the truth: `npm run bench`.
 *
 * The truth is the fault server's ledger: another process on the same monotonic clock, which notes when it read each
 * request and when it wrote each token. Bias = the client's time − the server's. It holds everything between the two:
 * the client's and the server's event loops, the kernel, and whatever else runs on the machine; the load average says
 * how much of that there was. Reports, judges nothing.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench } from 'tinybench'
import { CompletionStream } from '../helpers/load/completion-stream.ts'
import {
  type CompletedRecord,
  type LoadRequest,
  openRecords,
  type RequestRecord,
  runLoad,
  StreamClient,
  startClientHealth,
  Tally,
} from '../helpers/load/index.ts'
import { quantile } from '../helpers/statistics/index.ts'
import { type FaultServer, startFaultServer } from '../helpers/testing/fault-server/index.ts'

const TTFT_MS = 200
const TOKENS_PER_SECOND = 50
const TOKENS = 64
const WARM_UP_TOKENS = 8
const FULL_SPEED = { streams: 32, tokens: 128, requests: 6000, eventsPerWrite: 16 }

const fixed = (value: number, digits = 3) => value.toFixed(digits)
const whole = (value: number) => Math.round(value).toLocaleString('en')

function* requests(count: number, tokens: number): Generator<LoadRequest> {
  for (let i = 0; i < count; i++) {
    yield {
      id: `r${i}`,
      path: '/v1/chat/completions',
      body: { messages: [{ role: 'user', content: 'hello '.repeat(100) }], max_tokens: tokens, ignore_eos: true },
      expectedCompletionTokens: tokens,
    }
  }
}

type Placement = 'kernel' | 'a core each'

/**
 * Client and server on a core each, or wherever the kernel likes. With few cores the kernel likes to put the two ends of
 * a loopback connection on one core, and then the times are those of its time slices. False where taskset is missing.
 */
function place(server: FaultServer, placement: Placement): boolean {
  const last = cpus().length - 1
  const pin = (pid: number, cores: string) => spawnSync('taskset', ['-acp', cores, String(pid)]).status === 0
  if (placement === 'kernel') return pin(process.pid, `0-${last}`) || true
  return last > 0 && pin(server.pid, String(last)) && pin(process.pid, last > 1 ? `0-${last - 1}` : '0')
}

async function load(server: FaultServer, streams: number, count: number, tokens: number) {
  const target = server.target()
  const schedule = { kind: 'closed loop', concurrency: streams } as const
  await using client = new StreamClient({ target, connections: streams })
  // Connections open and code compiled, as after the warm-up of a run.
  await runLoad({ client, target, requests: requests(Math.max(4 * streams, 8), WARM_UP_TOKENS), schedule, batch: -1 })
  const before = (await server.ledger()).entries.length
  using health = startClientHealth()
  const records: RequestRecord[] = []
  const cpuBefore = process.cpuUsage()
  const result = await runLoad({
    client,
    target,
    requests: requests(count, tokens),
    schedule,
    batch: 0,
    health,
    onRecord: record => void records.push(record),
  })
  const { user, system } = process.cpuUsage(cpuBefore)
  const completed = records.filter(record => record.state === 'completed')
  if (completed.length !== count)
    throw new Error(`${count - completed.length} requests failed: ${result.tally.firstFailure}`)
  return {
    result,
    completed,
    entries: (await server.ledger()).entries.slice(before),
    cpuMs: (user + system) / 1000,
    health: health.read(),
  }
}

async function bias(streams: number, waves: number, placement: Placement) {
  await using server = await startFaultServer({ ttftMs: TTFT_MS, tokensPerSecond: TOKENS_PER_SECOND })
  const isPlaced = place(server, placement)
  const { completed, entries, cpuMs, health, result } = await load(server, streams, streams * waves, TOKENS)
  const byId = new Map(entries.map(entry => [entry.id, entry]))
  const ttft: number[] = []
  const gaps: number[] = []
  for (const record of completed) {
    const entry = byId.get(record.id)
    if (entry?.writtenAtMs.length !== record.arrivalsMs.length) throw new Error(`${record.id}: not the ledger's tokens`)
    ttft.push(record.ttftMs - ((entry.writtenAtMs[0] ?? Number.NaN) - entry.receivedAtMs))
    for (let i = 1; i < TOKENS; i++) gaps.push(Math.abs(gap(record.arrivalsMs, i) - gap(entry.writtenAtMs, i)))
  }
  return {
    streams,
    requests: completed.length,
    placed: isPlaced ? placement : 'kernel (no taskset)',
    'TTFT bias p50 ms': fixed(quantile(ttft, 0.5)),
    'p99 ms': fixed(quantile(ttft, 0.99)),
    'gap error p50 ms': fixed(quantile(gaps, 0.5)),
    'gap p99 ms': fixed(quantile(gaps, 0.99)),
    'CPU ms / 1,000 tokens': fixed((cpuMs / result.tally.completionTokens) * 1000, 1),
    'loop lag p99 ms': fixed(health.eventLoopLagP99Ms, 2),
    'load average': fixed(loadavg()[0] ?? Number.NaN, 2),
  }
}

const gap = (times: number[], i: number) => (times[i] ?? Number.NaN) - (times[i - 1] ?? Number.NaN)

async function fullSpeed() {
  const { streams, tokens, requests: count, eventsPerWrite } = FULL_SPEED
  await using server = await startFaultServer({ ttftMs: 0, tokensPerSecond: null, stream: { eventsPerWrite } })
  const { result, cpuMs } = await load(server, streams, count, tokens)
  const wallMs = result.endMs - result.startMs
  return {
    streams,
    requests: count,
    'tokens/s': whole((result.tally.completionTokens / wallMs) * 1000),
    'requests/s': whole((count / wallMs) * 1000),
    'CPU ms / 1,000 tokens': fixed((cpuMs / result.tally.completionTokens) * 1000, 2),
    'tokens / CPU second': whole((result.tally.completionTokens / cpuMs) * 1000),
    'client CPU': `${fixed((cpuMs / wallMs) * 100, 0)} %`,
    'load average': fixed(loadavg()[0] ?? Number.NaN, 2),
  }
}

/** Single steps of the client, without a network. */
async function steps() {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    await using records = await openRecords(join(directory, 'records.jsonl'), { workloadHash: 'bench', runId: 'bench' })
    const record = exampleRecord()
    const event = (text: string) =>
      `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"${text}"}}],"created":1790000000,"id":"chatcmpl-000000000001","model":"m","object":"chat.completion.chunk"}\n\n`
    const plain = Buffer.from(event(' token'))
    const escaped = Buffer.from(event('\\n'))
    const stream = new CompletionStream()
    stream.push(plain, 0)
    const tally = new Tally()
    const forget = () => {
      stream.arrivalsAtMs.length = 0
    }
    const bench = new Bench({ time: 500, warmupTime: 100 })
      .add('read one event (as most are)', () => stream.push(plain, 1), { beforeEach: forget })
      .add('read one event (with an escape)', () => stream.push(escaped, 1), { beforeEach: forget })
      .add(`write a record (${TOKENS} tokens)`, () => records.write(record))
      .add(`add a record up (${TOKENS} tokens)`, () => tally.add(record))
    await bench.run()
    console.table(bench.table())
  } finally {
    await rm(directory, { recursive: true })
  }
}

function exampleRecord(): CompletedRecord {
  return {
    state: 'completed',
    id: 'r1',
    batch: 0,
    chunk: 0,
    scheduledAtMs: 1000,
    sentAtMs: 1000.123,
    endedAtMs: 2500.456,
    finishReason: 'length',
    ttftMs: TTFT_MS,
    ttfotMs: TTFT_MS,
    arrivalsMs: Array.from({ length: TOKENS }, (_, i) => TTFT_MS + i * 20.001),
    promptTokens: 100,
    completionTokens: TOKENS,
    cachedTokens: 0,
    timings: { promptMs: 200, predictedMs: 1280, loadMs: null },
  }
}

console.log(
  `node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model}, load average ${loadavg()[0]}`,
)
console.log(`\nSteps of the client`)
await steps()
console.log(`\nStreams of ${TOKENS_PER_SECOND} tokens/s, ${TOKENS} tokens, true TTFT ${TTFT_MS} ms`)
const rows = []
for (const placement of ['kernel', 'a core each'] as const) {
  for (const [streams, waves] of [
    [1, 6],
    [32, 3],
    [100, 4],
  ] as const) {
    rows.push(await bias(streams, waves, placement))
  }
}
console.table(rows)
console.log(`\nFull speed: ${FULL_SPEED.streams} streams × ${FULL_SPEED.tokens} tokens, one event a token`)
console.table([await fullSpeed()])
