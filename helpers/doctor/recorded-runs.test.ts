import { expect, test } from 'vitest'
import { vllmTraits } from '../engines/vllm/vllm-engine.ts'
import { measured } from '../measured.ts'
import type { EngineFacts } from '../plan-items/index.ts'
import { itemOfCriterion, outlooks, plansMarkdown } from '../plan-items/index.ts'
import { embedded, exampleFacts } from './example-facts.ts'
import recordings from './recorded-runs.data.json' with { type: 'json' }
import { startedTraits } from './started-traits.ts'

/**
 * recorded-runs.data.json: real runs of the quick profile as root on 2 cores without a GPU, of five engines, on 21 November
 * 2026. Each is a results.json (the embedded one two, which together hold every spec), reduced by `judgedCriteria` to the
 * ids of its criteria, with a number and without.
 */
const recorded = (name: string) =>
  recordings.find(each => each.name === name) ?? expect.unreachable(`no recording ${name}`)

const startedHere = (name: 'llama-server' | 'ollama', version: string): EngineFacts => ({
  name,
  version,
  origin: 'spawned',
  where: `binary ${name}`,
  traits: startedTraits(name, version),
})

const router: EngineFacts = {
  name: 'llama-server',
  version: 'b11669',
  origin: 'attached',
  where: 'http://127.0.0.1:8080',
  traits: {
    ...startedTraits('llama-server'),
    modelFormat: null,
    neverExpires: 'how long a llama-server keeps an idle model is set when it is started',
    loadSettings: [],
  },
}

const vllm: EngineFacts = {
  name: 'vllm',
  version: '0.32.0',
  origin: 'attached',
  where: 'http://127.0.0.1:8000',
  traits: vllmTraits('attached', undefined),
}

const cases: { name: string; engine: EngineFacts; has?: boolean; besides?: string[] }[] = [
  { name: 'embedded', engine: embedded },
  { name: 'llama-server router by URL', engine: router, has: true },
  { name: 'llama-server, its binary', engine: startedHere('llama-server', 'b11669') },
  {
    name: 'Ollama, its binary',
    engine: startedHere('ollama', '0.17.4'),
    // What cannot be foreseen: its models took so little that all of them fitted into the budget, and nothing was swapped.
    besides: ['003.real-world.strategies'],
  },
  { name: 'Ollama, a container', engine: startedHere('ollama', '0.17.4') },
  { name: 'vLLM by URL', engine: vllm, has: true },
]

test.for(cases)(
  'what is said to run on $name is what was judged there',
  async ({ name, engine, has, besides = [] }) => {
    const { specs, judged, models } = recorded(name)
    const facts = await exampleFacts({ engine, has: has ? models : [] })
    const judgedItems = new Set(judged.map(id => itemOfCriterion(id)?.id))
    const ofRun = outlooks(facts).filter(({ spec, item }) => specs.includes(spec.name) && !besides.includes(item.id))
    const said = ofRun.filter(({ outlook }) => outlook.state === 'runs').map(({ item }) => item.id)
    expect(said).toEqual(ofRun.map(({ item }) => item.id).filter(id => judgedItems.has(id)))
  },
)

test('every criterion of a recorded run belongs to an item', () => {
  const all = recordings.flatMap(({ judged, notJudged }) => [...judged, ...notJudged])
  expect(all.filter(id => itemOfCriterion(id) === undefined)).toEqual([])
})

test('docs/plans.md has what the items and the recorded run say', async () => {
  // Whoever reads it may have any engine.
  const binary = measured('binary' as const)
  const startable = { 'llama-server': binary, ollama: binary, vllm: binary }
  const page = plansMarkdown(outlooks(await exampleFacts({ startable })), recorded('embedded'))
  await expect(page).toMatchFileSnapshot('../../docs/plans.md')
})
