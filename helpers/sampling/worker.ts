import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { monotonicMs } from '../clock.ts'
import type { Answer, NumberedRequest, WorkerSettings } from './messages.ts'
import { Recorder } from './recorder.ts'
import { SeriesFile } from './series-file.ts'
import { allSources } from './sources/index.ts'
import { startTicking } from './ticking.ts'

/** A GPU that is asleep, or an engine that hangs, does not hold up the start for longer. */
const FIRST_READING_MS = 5000

const settings: WorkerSettings = workerData
const machine = await allSources({ ...settings, nowMs: monotonicMs })
const file = new SeriesFile(settings.seriesFile)
const recorder = new Recorder(machine.sources, file, instant => machine.update(instant))

const send = (answer: Answer): void => parentPort?.postMessage(answer)

await Promise.race([machine.ready, setTimeout(FIRST_READING_MS, undefined, { ref: false })])

recorder.start(monotonicMs(), new Date().toISOString())
const ticking = startTicking(1000 / settings.hz, monotonicMs, atMs => recorder.tick(atMs))

async function answer(request: NumberedRequest): Promise<unknown> {
  switch (request.type) {
    case 'read':
      await machine.refresh()
      return recorder.read(monotonicMs())
    case 'window':
      return recorder.window(request.metric, request.fromMs, request.toMs)
    case 'points':
      return recorder.points(request.metric, request.fromMs, request.toMs, request.maxPoints)
    case 'follow':
      await machine.followQueue(request.engine.queue)
      return machine.follow(request.engine.roots, { atMs: monotonicMs(), complete: false }, request.engine.companions)
    case 'gpus':
      return machine.gpus(monotonicMs())
    case 'stop':
      ticking.stop()
      await machine.stop()
      file.close()
      return undefined
  }
}

parentPort?.on('message', async (request: NumberedRequest) => {
  try {
    const value = await answer(request)
    send({ type: 'answer', id: request.id, value, recordingFailure: file.failure ?? null })
  } catch (error) {
    send({ type: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) })
  }
})
send({ type: 'ready' })
