import { expect, test } from 'vitest'
import { modelClassTable } from './model-classes.ts'

const table = modelClassTable()

test("has the plan's classes, in its order", () => {
  expect(table.rows.map(([models]) => models)).toEqual([
    ...['Qwen2.5, safetensors', 'Qwen2.5, AWQ', 'Llama 3.x', 'Mistral'],
    ...['Vision models', 'Mixture of experts', 'Very new architectures', 'GGUF'],
  ])
})

test('every cell says whether it was seen or is documented, and where', () => {
  const marks = new Set(table.notes.map(note => note.split(' ')[0]))
  for (const [models, ...cells] of table.rows) {
    expect(cells).toHaveLength(table.columns.length - 1)
    for (const cell of cells.slice(0, -1)) {
      const [, mark] = /^(?:yes|no|partly|with a plugin), (?:seen|documented)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(cell) ?? []
      expect(marks, `${models}: ${cell}`).toContain(mark)
    }
  }
})

test('what was seen names what was started, what is documented a document', () => {
  const noteOf = new Map(table.notes.map(note => [note.split(' ')[0], note]))
  for (const cell of table.rows.flat()) {
    const [, evidence, mark] = /, (seen|documented)(\D)$/.exec(cell) ?? []
    if (evidence === undefined) continue
    expect(noteOf.get(mark)).toMatch(evidence === 'seen' ? /CPU build of vLLM/ : /docs\/\S+\.md|source of vLLM/)
  }
})
