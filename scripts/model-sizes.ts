/** Measures models of several sizes and prints a table: `node scripts/model-sizes.ts --help`. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { hardwareIdentity } from '../helpers/baselines/index.ts'
import type { RunContext } from '../helpers/config/run-context.ts'
import { exitCodes, PerfError } from '../helpers/errors.ts'
import { EngineUnderTest } from '../helpers/fixtures/engine-under-test.ts'
import { type Figure, Lab } from '../helpers/lab/index.ts'
import type { Measured } from '../helpers/measured.ts'
import { type ModelRecord, modelObservations, testModel } from '../helpers/model-test/index.ts'
import { resolveOptions } from '../helpers/options/index.ts'
import { dropFromPageCache, readIntoPageCache } from '../helpers/page-cache/index.ts'
import { markdownTable } from '../helpers/reporting/markdown.ts'
import { startSampler } from '../helpers/sampling/index.ts'
import { formatQuantity, type Unit } from '../helpers/units.ts'

const help = `Loads models of several sizes one after the other, has them answer, and prints a table in Markdown: size of the file,
load time from a cold and from a warm page cache, memory measured and predicted, speed.

  node scripts/model-sizes.ts [model…]

  model    names of the catalogue (default qwen2.5-0.5b qwen2.5-1.5b qwen2.5-3b qwen2.5-7b), with 4-bit weights
  --help   this text

Models have their real size (PERF_PROFILE=quick: a sixteenth); all four need 8 GiB of disk for their files, which are
written once, and 12 GiB of memory; on two cores it takes half an hour. Every other option comes from the PERF_… variables. The
records are kept in models.jsonl of the run's folder. Run it on a machine that does nothing else.
`

const planned = ['qwen2.5-0.5b', 'qwen2.5-1.5b', 'qwen2.5-3b', 'qwen2.5-7b'] as const

const inference = [128, 512].map(promptTokens => ({ promptTokens, outputTokens: 32, requests: 6 }))
const concurrent = { promptTokens: 64, outputTokens: 32, concurrency: 4, requests: 8 }

interface Sized {
  record: ModelRecord
  coldLoadMs: Measured
}

async function main(models: readonly string[]): Promise<void> {
  const options = resolveOptions({ profile: 'standard' })
  const runDirectory = resolve(
    options.output,
    'runs',
    `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-sizes`,
  )
  await mkdir(runDirectory, { recursive: true })
  const context: RunContext = { options, runDirectory, root: process.cwd(), update: 'none', mainPid: process.pid }
  const engine = await EngineUnderTest.start(options)
  try {
    await using sampler = await startSampler({ seriesFile: join(runDirectory, 'series.jsonl'), suiteRoot: process.pid })
    await sampler.follow(await engine.followed())
    const hardware = await hardwareIdentity({ override: options.hardware })
    const lab = new Lab(context, engine, sampler, hardware.id)
    const sized = await lab.study('000.model-sizes', () => measureAll(lab, models))
    const { name, version } = lab.engine.identity
    console.log(
      `${name} ${version}, ${hardware.id}, prompts of ${inference.at(-1)?.promptTokens} tokens, one request at a time\n`,
    )
    console.log(table(sized).join('\n'))
    console.error(`records: ${join(runDirectory, 'models.jsonl')}`)
  } finally {
    await engine.stop()
  }
}

async function measureAll(lab: Lab, models: readonly string[]): Promise<Sized[]> {
  const sized: Sized[] = []
  for (const model of models) {
    const found = await lab.find({ model, role: model })
    if (found.state === 'absent') {
      console.error(`${model} is left out: ${found.reason}`)
      continue
    }
    console.error(`${found.value.name}: a cold load`)
    const coldLoadMs = await coldLoad(lab, found.value)
    if (coldLoadMs.state === 'absent') console.error(`  none: ${coldLoadMs.reason}`)
    console.error(`${found.value.name}: the whole procedure`)
    if (found.value.path !== '') await readIntoPageCache(found.value.path)
    const record = await testModel(lab, found.value, {
      testId: '000.model-sizes',
      planned: model,
      inference,
      concurrent,
    })
    for (const { disturbance } of [...record.inference, record.concurrent])
      if (disturbance !== null) console.error(`  ${disturbance}`)
    sized.push({ record, coldLoadMs })
  }
  return sized
}

/** With the same context and slots as in the procedure. */
async function coldLoad(lab: Lab, model: Parameters<Lab['load']>[0]): Promise<Measured> {
  if (model.path === '') return { state: 'absent', reason: 'the engine has the file itself' }
  const dropped = await dropFromPageCache(model.path)
  if (dropped.state === 'absent') return dropped
  const { loadMs } = await lab.load(model, { contextTokens: 768, slots: concurrent.concurrency })
  await lab.unload(model.name)
  return { state: 'measured', value: loadMs }
}

function table(sized: readonly Sized[]): string[] {
  const head = [
    'Model',
    'File',
    'Load, cold',
    'Load, warm',
    'Memory',
    'Predicted',
    'Beyond the file',
    'Prefill',
    'Decode',
    `${concurrent.concurrency} at once`,
  ]
  const rows = sized.map(({ record, coldLoadMs }) => {
    const { memoryUsed, predicted, overhead, prefillRate, decodeRate, concurrentRate } = modelObservations(record)
    return [
      record.model.name,
      cell(record.model.fileBytes, 'bytes'),
      cell(coldLoadMs, 'ms'),
      cell(record.loadMs, 'ms'),
      ...[memoryUsed, predicted, overhead, prefillRate, decodeRate, concurrentRate].map(({ measured, unit }) =>
        cell(pointOf(measured), unit),
      ),
    ]
  })
  return markdownTable(
    head,
    rows,
    head.map((_, index) => index > 0),
  )
}

const pointOf = (value: Figure['value']): Measured =>
  value.state === 'measured' ? { state: 'measured', value: value.value.value } : value

const cell = (value: Measured, unit: Unit): string =>
  value.state === 'measured' ? formatQuantity(value.value, unit) : '–'

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  })
  if (values.help) process.stdout.write(help)
  else await main(positionals.length > 0 ? positionals : planned)
} catch (error) {
  if (!(error instanceof PerfError)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode === exitCodes.ok ? exitCodes.failed : error.exitCode
}
