import type { Question } from '../question.ts'

const IDS = {
  memory: '003.isolation.container-memory',
  load: '003.isolation.container-load-time',
  tpot: '003.isolation.container-tpot',
} as const

export const s9: Question = {
  id: 'S9',
  question: 'Containers or processes: what does isolation cost?',
  answer(evidence) {
    const memory = evidence.metric(IDS.memory)
    const load = evidence.metric(IDS.load)
    const tpot = evidence.metric(IDS.tpot)
    const known = [memory, load, tpot].filter(metric => metric !== null)
    if (known.length === 0) {
      return {
        state: 'open',
        needs:
          evidence.reason(IDS.memory) ??
          'an engine that is there as a program and as an image: PERF_ENGINE=llama-server npx vitest run perf/model-swapping/isolation',
      }
    }
    const times = (metric: { value: number; interval?: readonly (number | null)[] | undefined }): string => {
      const [low, high] = metric.interval ?? []
      const range =
        typeof low === 'number' && typeof high === 'number' ? ` [${low.toFixed(2)}, ${high.toFixed(2)}]` : ''
      return `${metric.value.toFixed(2)}${range} times`
    }
    const parts = [
      memory && `${times(memory)} the memory`,
      load && `${times(load)} the time until the model answers`,
      tpot && `${times(tpot)} the time per output token`,
    ].filter(part => part !== null)
    return {
      state: 'answered',
      answer: `Against a process of the same engine, a container takes ${parts.join(', ')}.`,
      evidence: known.map(({ id }) => id),
      caveats: load ? ['one load each: its time has no interval'] : [],
    }
  },
}
