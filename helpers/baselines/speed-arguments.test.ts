import { expect, test } from 'vitest'
import { speedArguments } from './index.ts'

test.each<[string, string]>([
  ['', ''],
  ['threads 1', 'threads 1'],
  ['-m /models/qwen.gguf -c 4096 --host 127.0.0.1 --port 43211', '-m qwen.gguf -c 4096'],
  ['--port=8080 --model=/srv/a/b.gguf --cache-ram=0', '--model=b.gguf --cache-ram=0'],
  ['serve Qwen/Qwen2.5-0.5B --api-key secret --dtype half', 'serve Qwen/Qwen2.5-0.5B --dtype half'],
  ['--api-key=secret --flash-attn', '--flash-attn'],
  ['serve OLLAMA_HOST=127.0.0.1:43211 OLLAMA_NUM_PARALLEL=4', 'serve OLLAMA_NUM_PARALLEL=4'],
  ['--models-dir /tmp/models/', '--models-dir models'],
])('%j is kept as %j', (words, kept) => {
  expect(speedArguments(words.split(' ').filter(Boolean))).toEqual(kept.split(' ').filter(Boolean))
})
