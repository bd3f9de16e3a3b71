import { expect, test } from 'vitest'
import { answering, closedPort, serveAnswers } from '../engines/answering-server.ts'
import recorded from '../engines/detect-engine.data.json' with { type: 'json' }
import { findRunningEngines } from './running-engines.ts'

test('finds what answers as an engine, in the order of the ports, and nothing else', async () => {
  await using vllm = await serveAnswers(answering(recorded.servers['vLLM 0.32.0']))
  await using page = await serveAnswers((_, response) => response.end('<html>'))
  await using locked = await serveAnswers(answering(recorded.servers['llama-server with a key, without it']))
  await using ollama = await serveAnswers(answering(recorded.servers['Ollama 0.17.4']))
  const ports = [ollama.port, await closedPort(), page.port, locked.port, vllm.port]
  expect(await findRunningEngines(ports)).toEqual([
    { engine: 'ollama', version: '0.17.4', url: ollama.url },
    { engine: 'vllm', version: '0.32.0', url: vllm.url },
  ])
})
