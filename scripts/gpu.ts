/** Shows what the sampler sees of this machine's GPUs: `npm run gpu -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { measured } from '../helpers/measured.ts'
import { badArgument, checkedArguments, runProgram } from '../helpers/program/index.ts'
import { engineMemoryLines, gpuLines, type Reading, type Sampler, startSampler } from '../helpers/sampling/index.ts'

const PROGRAM = 'gpu'

const help = `Shows what the sampler sees of this machine's GPUs, each by itself, and of the memory of processes.

  npm run gpu [-- pid …]

  pid      a process to look at as at an engine: its GPU memory and host memory, with its children
  --help   this text

What is not told is printed with the reason. Exit code: 0, also without a GPU; 2 for a wrong option.
`

/** A list of processes may come this much later than the list of GPUs. */
const PROCESSES_MS = 3000
const LOOK_AGAIN_MS = 250

async function main(): Promise<void> {
  const { values, positionals } = parse(process.argv.slice(2))
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const pids = positionals.map(text => {
    if (!/^[1-9]\d*$/.test(text)) throw badArgument(PROGRAM, `a process id is a number, not ${JSON.stringify(text)}`)
    return Number(text)
  })
  const folder = await mkdtemp(join(tmpdir(), 'gpu-'))
  try {
    await using sampler = await startSampler({ seriesFile: join(folder, 'series.jsonl'), suiteRoot: process.pid })
    const gpus = await sampler.gpus()
    console.log(gpuLines(gpus).join('\n'))
    if (pids.length === 0) return
    await sampler.follow({ roots: measured(pids), queue: null })
    const reading = gpus.state === 'measured' ? await readingWithGpu(sampler) : await sampler.read()
    console.log(`\nprocess ${pids.join(', ')}\n${engineMemoryLines(reading).join('\n')}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A reading in which the processes' GPU memory is told, or the last one when it is not in time. */
async function readingWithGpu(sampler: Sampler): Promise<Reading> {
  const deadlineMs = performance.now() + PROCESSES_MS
  for (;;) {
    const reading = await sampler.read()
    if (reading.metrics.gpuEngineBytes.state === 'measured' || performance.now() > deadlineMs) return reading
    await wait(LOOK_AGAIN_MS)
  }
}

const parse = (args: string[]) =>
  checkedArguments(PROGRAM, () =>
    parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    }),
  )

await runProgram(main)
