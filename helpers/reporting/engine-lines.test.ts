import { expect, test } from 'vitest'
import { engineLines } from './engine-lines.ts'

const engine = {
  name: 'ollama',
  version: '0.17.4',
  origin: 'spawned',
  runsAs: 'container ollama/ollama:0.17.4 (0123456789ab)',
  url: 'http://127.0.0.1:40000',
  arguments: ['serve'],
  cautions: ['this version is newer than what was seen'],
} as const

test('says what is measured, with which arguments, and what to know about it', () => {
  const lines = engineLines({
    engine: { ...engine, arguments: ['serve'], cautions: [...engine.cautions] },
    model: 'tiny',
  })
  expect(lines).toEqual([
    'engine   ollama 0.17.4 · container ollama/ollama:0.17.4 (0123456789ab) · http://127.0.0.1:40000',
    '         serve',
    'model    tiny',
    'note     this version is newer than what was seen',
    '',
  ])
})

test('leaves out what is not there', () => {
  expect(engineLines({ engine: { ...engine, arguments: [], cautions: [] }, model: 'tiny' })).toHaveLength(3)
})
