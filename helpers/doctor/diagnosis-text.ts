import { engineTitle } from '../engines/engine-title.ts'
import { swapInWords } from '../machine/index.ts'
import type { Measured } from '../measured.ts'
import { diskBytes, type ItemOutlook, type PlanItem, type PlanSpec, planSpecs } from '../plan-items/index.ts'
import type { Paint } from '../reporting/paint.ts'
import { wrap } from '../reporting/wrap.ts'
import { formatQuantity } from '../units.ts'
import type { Diagnosis, Seen } from './diagnosis.ts'
import type { SeenServer } from './seen-engines.ts'
import type { SeenFolder } from './seen-machine.ts'

export interface Screen {
  paint: Paint
  /** Columns. */
  width: number
}

/** The whole diagnosis for a screen: the machine, the engines, the models, every item of the plans, the command. */
export function diagnosisText(diagnosis: Diagnosis, screen: Screen): string[] {
  const { seen, command } = diagnosis
  return [
    ...section('Machine', machineEntries(seen), screen),
    ...section('Engines', engineEntries(seen), screen),
    ...section('Models', modelEntries(seen), screen),
    ...section('A run', runEntries(diagnosis), screen).slice(0, -1),
    ...itemLines(diagnosis, screen),
    '',
    ...wrap(totalOf(diagnosis), screen.width),
    `${screen.paint('bold', 'Run now')}  ${screen.paint('cyan', command)}`,
  ]
}

type Entry = [name: string, text: string]

const NAME_COLUMNS = 14

function section(title: string, entries: readonly Entry[], { paint, width }: Screen): string[] {
  const lines = entries.flatMap(([name, text]) =>
    wrap(text, width - NAME_COLUMNS - 2).map((line, index) =>
      `  ${(index === 0 ? name : '').padEnd(NAME_COLUMNS)}${line}`.trimEnd(),
    ),
  )
  return [paint('bold', title), ...lines, '']
}

const bytes = (value: number): string => formatQuantity(value, 'bytes')

const inWords = <T>(value: Measured<T>, words: (value: T) => string): string =>
  value.state === 'measured' ? words(value.value) : value.reason

function machineEntries({ machine }: Seen): Entry[] {
  const { hardware, processor, memory, swap, models, results, reading } = machine
  const name = hardware.state === 'measured' ? hardware.value.cpu : processor.model
  const gpus = inWords(hardware, ({ gpus, driver }) =>
    gpus.length === 0
      ? 'none'
      : gpus
          .map(({ name, vramBytes }) =>
            vramBytes === null ? `${name}, shares the RAM` : `${name}, ${bytes(vramBytes)}`,
          )
          .join('; ') + (driver === null ? '' : `; driver ${driver}`),
  )
  const sensors = inWords(reading, ({ cpuTemperatureC, gpuTemperatureC }) => {
    const seen = [
      ...(cpuTemperatureC.state === 'measured' ? [`CPU ${formatQuantity(cpuTemperatureC.value, 'celsius')}`] : []),
      ...(gpuTemperatureC.state === 'measured' ? [`GPU ${formatQuantity(gpuTemperatureC.value, 'celsius')}`] : []),
    ]
    return seen.join(', ') || 'none'
  })
  return [
    ['CPU', `${name}, ${processor.cores} ${processor.cores === 1 ? 'core' : 'cores'}`],
    ['RAM', `${bytes(memory.totalBytes)}, ${bytes(memory.availableBytes)} available`],
    ['swap', inWords(swap, swapInWords)],
    ['disk', `for models ${folder(models)}; for results ${folder(results)}`],
    ['GPU', gpus],
    ['temperature', sensors],
    ['hardware id', inWords(hardware, ({ id }) => id)],
    ...notRead(reading),
  ]
}

const folder = ({ path, freeBytes, disk }: SeenFolder): string =>
  `${inWords(freeBytes, bytes)} free in ${path}${disk.state === 'measured' ? ` (${disk.value.device})` : ''}`

/** These have a meaning only while a run measures an engine. */
const ofARun = /^(engine|models|requests|gpuEngine|cgroup|suite)/

/** What a run cannot sample here, by the reason. */
function notRead(reading: Seen['machine']['reading']): Entry[] {
  if (reading.state === 'absent') return [['not sampled', reading.reason]]
  const byReason = new Map<string, string[]>()
  for (const [name, value] of Object.entries(reading.value)) {
    if (value.state === 'measured' || ofARun.test(name)) continue
    byReason.set(value.reason, [...(byReason.get(value.reason) ?? []), name])
  }
  return [...byReason].map(([reason, names], index) => [
    index === 0 ? 'not sampled' : '',
    `${names.join(', ')}: ${reason}`,
  ])
}

function engineEntries({ engines, containers, ray }: Seen): Entry[] {
  const { embedded, programs, servers, attached } = engines
  const { docker, images } = containers
  const programEntries = (['llama-server', 'ollama', 'vllm'] as const).map((engine): Entry => {
    const program = inWords(programs[engine], ({ path, version }) =>
      version.state === 'measured' ? `${version.value}, ${path}` : `found at ${path}; its version: ${version.reason}`,
    )
    const { name, isHere } = images[engine]
    const image =
      docker.state === 'absent'
        ? ''
        : `; image ${name} ${isHere.state === 'measured' && isHere.value ? 'is here' : 'is not here: it would be fetched'}`
    return [engine, `${program}${image}`]
  })
  return [
    ['embedded', inWords(embedded, version => `${version}: what a run takes by default`)],
    ...programEntries,
    ['Docker', inWords(docker, version => `${version}, its daemon answers`)],
    ...serverEntries(servers),
    ...(attached === null
      ? []
      : [
          [
            'your URL',
            inWords(
              attached,
              ({ identity: { name, version, url }, models }) =>
                `${engineTitle(name, version)} at ${url}, models: ${models.join(', ') || 'none'}`,
            ),
          ] satisfies Entry,
        ]),
    ['Ray', `${inWords(ray.program, path => path)}; ${inWords(ray.jobs, words => words)}`],
  ]
}

function serverEntries(servers: readonly SeenServer[]): Entry[] {
  if (servers.length === 0) return [['running', 'no server answers on the usual ports of this machine']]
  return servers.map(({ engine, version, url, models }) => [
    'running',
    `${engineTitle(engine, version)} at ${url}, models: ${inWords(models, names => names.join(', ') || 'none')}`,
  ])
}

function modelEntries({ models: { synthetic, llamaCpp, huggingFace } }: Seen): Entry[] {
  const files = ({ folder, files, bytes: size }: typeof synthetic): string =>
    files === 0 ? `none in ${folder}` : `${files} files, ${bytes(size)} in ${folder}`
  return [
    ['random', files(synthetic)],
    ['llama.cpp', files(llamaCpp)],
    ['Hugging Face', huggingFace.join(', ') || 'none in its cache'],
  ]
}

function runEntries({ facts: { engine, options } }: Diagnosis): Entry[] {
  return [
    ['measures', inWords(engine, ({ name, version, where }) => `${engineTitle(name, version)} (${where})`)],
    ['profile', options.profile],
  ]
}

const STATE_COLUMNS = 9
const SPEC_COLUMNS = 22
const COST_COLUMNS = 20

/** Time and disk are of a whole spec file, beside the first of its items that runs. */
function itemLines(diagnosis: Diagnosis, screen: Screen): string[] {
  const { paint, width } = screen
  let plan = ''
  const lines: string[] = []
  for (const group of grouped(diagnosis.items)) {
    const [first] = group
    if (first === undefined) continue
    const { spec, outlook } = first
    if (spec.plan !== plan) {
      plan = spec.plan
      const head = `Plan ${plan} · perf/${spec.name.split('/')[0]}`
      lines.push('', `${paint('bold', head)}${'time      disk'.padStart(width - head.length)}`)
    }
    const isTimed =
      outlook.state === 'runs' &&
      diagnosis.items.find(each => each.spec === spec && each.outlook.state === 'runs') === first
    const titleColumns = width - STATE_COLUMNS - SPEC_COLUMNS - COST_COLUMNS - 2
    for (const [index, { item }] of group.entries()) {
      const [title = '', ...more] = wrap(titleOf(spec, item), titleColumns)
      const state = { runs: 'runs', skipped: 'skipped', 'cannot run': 'cannot' }[outlook.state].padEnd(STATE_COLUMNS)
      const cost = isTimed && index === 0 ? costOf(spec, diagnosis) : ''
      lines.push(
        `  ${paint(colours[outlook.state], state)}${spec.name.split('/')[1]?.padEnd(SPEC_COLUMNS)}${title.padEnd(titleColumns)}${cost}`.trimEnd(),
        ...more.map(line => `${' '.repeat(2 + STATE_COLUMNS + SPEC_COLUMNS)}${line}`),
      )
    }
    if (outlook.state !== 'skipped') continue
    const indent = ' '.repeat(2 + STATE_COLUMNS)
    const why = [
      ...wrap(`because ${firstLine(outlook.reason)}`, width - indent.length),
      ...(outlook.first === null ? [] : wrap(`first   ${firstLine(outlook.first)}`, width - indent.length)),
    ]
    lines.push(...why.map(line => `${indent}${paint('dim', line)}`))
    if (outlook.command !== null)
      lines.push(...commandLines(outlook.command, width - indent.length).map(line => `${indent}${paint('cyan', line)}`))
  }
  return lines
}

/** With its row, where that is not the spec's own name. */
const titleOf = ({ name }: PlanSpec, { row, title }: PlanItem): string =>
  name.endsWith(`/${row}`) ? title : `${row} · ${title}`

const colours = { runs: 'green', skipped: 'yellow', 'cannot run': 'red' } as const

/** A shell takes the lines as one. */
const commandLines = (command: string, width: number): string[] =>
  wrap(command, width - 4).map(
    (line, index, all) => `${index === 0 ? '' : '  '}${line}${index < all.length - 1 ? ' \\' : ''}`,
  )

const firstLine = (text: string): string => text.split('\n')[0] ?? ''

/** Neighbours of one spec that share their outlook. */
function grouped(items: readonly ItemOutlook[]): ItemOutlook[][] {
  const groups: ItemOutlook[][] = []
  for (const each of items) {
    const last = groups.at(-1)
    const isLike = last?.[0]?.spec === each.spec && JSON.stringify(last[0].outlook) === JSON.stringify(each.outlook)
    if (last !== undefined && isLike) last.push(each)
    else groups.push([each])
  }
  return groups
}

function costOf(spec: PlanSpec, { facts }: Diagnosis): string {
  const seconds = facts.options.profile === 'quick' ? spec.quickSeconds : null
  const disk = diskBytes([spec], facts)
  return `${(seconds === null ? '–' : `${seconds} s`).padStart(8)}${(disk === 0 ? '–' : bytes(disk)).padStart(12)}`
}

function totalOf({ items, facts }: Diagnosis): string {
  const running = items.filter(({ outlook }) => outlook.state === 'runs')
  const specs = planSpecs.filter(spec => running.some(each => each.spec === spec))
  const counts = `${running.length} of ${items.length} items run`
  if (facts.engine.state === 'absent')
    return `${counts}: a run would end before its first request. ${firstLine(facts.engine.reason)}`
  const disk = diskBytes(specs, facts)
  const seconds = specs.reduce((sum, { quickSeconds }) => sum + (quickSeconds ?? 0), 0)
  const time =
    facts.options.profile === 'quick'
      ? `about ${formatQuantity(seconds * 1000, 'ms')} as timed on the embedded engine and 2 cores`
      : 'the time is shown by the run as soon as the rate is known'
  return `${counts}; ${time}${disk === 0 ? '' : `; ${bytes(disk)} of model files`}.`
}
