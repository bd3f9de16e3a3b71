import { expect, test } from 'vitest'
import { errorRecord, tellsOfDeadProcess } from './completion-event.ts'

// Each was said by the real server when the process of its model was killed: llama-server b11669, Ollama 0.17.4, vLLM 0.32.0.
test.for([
  'proxy error: Failed to read connection',
  'an error was encountered while running the model: unexpected EOF',
  'EngineCore encountered an issue. See stack trace (above) for the root cause.',
])('"%s" is the death of a process', message => {
  expect(tellsOfDeadProcess(message)).toBe(true)
  expect(errorRecord(message)).toMatchObject({ failure: 'proxy-error', message })
})

test.for(['the request exceeds the available context size', 'unexpected EOF in your JSON'])('"%s" is not', message => {
  expect(errorRecord(message)).toMatchObject({ failure: 'error-record', message })
})
