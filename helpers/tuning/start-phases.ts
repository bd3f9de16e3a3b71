import type { StartPhase } from './tuning-run.ts'

/**
 * T1 split by the engine's own log lines: phases in their order, none inside another, so that what is left of the whole
 * time is what the log tells nothing of (a program being read from disk, a server that opens its port). A phase that was
 * not logged is left out; none at all for the embedded engine, which logs nothing.
 *
 * vLLM tells seconds of its own for the model and all that comes after it; before that there are only the times of its
 * lines, in whole seconds: a phase shorter than that is left out.
 *
 * @param lines Everything that was logged until the engine was ready: collect them with `onLogLine` of startEngine, and
 * take those that came before load() resolved.
 */
export function startPhases(lines: readonly string[]): StartPhase[] {
  for (const read of [vllmPhases, llamaServerPhases, ollamaPhases]) {
    const phases = read(lines)
      .filter(({ ms }) => ms > 0)
      .map(({ name, ms }) => ({ name, ms: Math.round(ms) }))
    if (phases.length > 0) return phases
  }
  return []
}

/** 0.32.0. Of several workers the slowest counts: they work side by side. */
function vllmPhases(lines: readonly string[]): StartPhase[] {
  const seconds = (said: RegExp): number =>
    Math.max(0, ...lines.flatMap(line => Number(said.exec(line)?.[1] ?? Number.NaN) || []))
  const weights = seconds(/Loading weights took ([\d.]+) seconds/)
  // On a GPU this holds the weights; a CPU only tells what came before them.
  const model = Math.max(
    seconds(/Initializing model took ([\d.]+) seconds/),
    seconds(/Model loading took \S+ GiB(?: memory)? and ([\d.]+) seconds/) - weights,
  )
  // Of the language model and of an encoder together, where there is one.
  const compilation =
    seconds(/init engine .*\(compilation: ([\d.]+) s/) || seconds(/torch\.compile t(?:ook|akes) ([\d.]+) s in total/)
  const graphs = seconds(/Graph capturing finished in ([\d.]+) secs/)
  const engine = seconds(/init engine \([^)]*\) took ([\d.]+) s/)
  return [
    ...vllmProcesses(lines),
    { name: 'model', ms: milliseconds(model) },
    { name: 'weights', ms: milliseconds(weights) },
    { name: 'compilation', ms: milliseconds(compilation) },
    { name: 'graph capture', ms: milliseconds(graphs) },
    { name: 'KV cache and warm-up', ms: milliseconds(engine - compilation - graphs) },
  ]
}

const milliseconds = (seconds: number): number => seconds * 1000

/** From its first line to the model's: the API server starts the engine's process, and that the workers. */
function vllmProcesses(lines: readonly string[]): StartPhase[] {
  const stamped = lines.flatMap(line => {
    const [, month, day, ...time] =
      / (?:INFO|WARNING) (\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) \[/.exec(line)?.map(Number) ?? []
    const [hours = 0, minutes = 0, seconds = 0] = time
    // It tells no year; only differences are taken.
    return month && day ? [{ line, atMs: Date.UTC(2000, month - 1, day, hours, minutes, seconds) }] : []
  })
  const engine = stamped.findIndex(({ line }) => line.includes('Initializing a V1 LLM engine'))
  const model = stamped.findIndex(({ line }) => line.includes('Starting to load model'))
  const phase = (name: string, from: number, to: number): StartPhase[] => {
    const [begin, end] = [stamped[from], stamped[to]]
    return begin && end ? [{ name, ms: end.atMs - begin.atMs }] : []
  }
  return [
    ...phase('configuration', 0, engine - 1),
    ...phase('engine process', engine - 1, engine),
    ...phase('workers', engine, model),
  ]
}

/** 0.7.0, by the times of its lines, which count from its start: minutes, seconds, milliseconds, microseconds. */
function llamaServerPhases(lines: readonly string[]): StartPhase[] {
  const at = (said: RegExp): number => {
    for (const line of lines) {
      const [, minutes, seconds, ms, us] = /^(\d+)\.(\d\d)\.(\d{3})\.(\d{3}) [A-Z] /.exec(line)?.map(Number) ?? []
      if (said.test(line)) return (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000 + (ms ?? 0) + (us ?? 0) / 1000
    }
    return Number.NaN
  }
  const [loading, ready] = [at(/load_model: loading model/), at(/llama_server: model loaded/)]
  const [warming, slots] = [at(/init: llama threadpool init/), at(/load_model: initializing, n_slots/)]
  return [
    { name: 'program', ms: loading },
    { name: 'weights and KV cache', ms: warming - loading },
    { name: 'warm-up', ms: slots - warming },
    { name: 'slots', ms: ready - slots },
  ]
}

/** 0.17.4 and 0.33.0. Of the server that was started last: other slots start it again. */
function ollamaPhases(lines: readonly string[]): StartPhase[] {
  const last = lines.slice(
    Math.max(
      0,
      lines.findLastIndex(line => line.includes('msg="server config"')),
    ),
  )
  const at = (said: RegExp): number => {
    const line = last.find(candidate => said.test(candidate)) ?? ''
    return Date.parse(/^time=(\S+)/.exec(line)?.[1] ?? '')
  }
  const load = last.findLastIndex(line => /msg="starting (?:runner|llama-server)" cmd=.* --model /.test(line))
  const loaded = last.slice(load).find(line => /started in [\d.]+ seconds/.test(line)) ?? ''
  return [
    { name: 'server', ms: at(/msg="Listening on/) - at(/msg="server config"/) },
    { name: 'looking for GPUs', ms: at(/msg="inference compute"/) - at(/msg="discovering available GPUs/) },
    { name: 'model', ms: milliseconds(Number(/started in ([\d.]+) seconds/.exec(loaded)?.[1] ?? Number.NaN)) },
  ]
}
