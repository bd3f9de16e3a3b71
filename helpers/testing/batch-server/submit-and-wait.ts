/** A process that submits a batch of 16 requests and waits for its end. Arguments: URL of the server, target of the engine. */
import { BatchApi, batchApiPath } from '../../batch-api/index.ts'
import type { CompletionTarget } from '../../engines/engine.ts'
import { slice, startClientHealth, syntheticWorkload } from '../../load/index.ts'

const [url = '', target = ''] = process.argv.slice(2)
const nowhere = { write: async () => {}, flush: async () => {} } as never
await using path = await batchApiPath(new BatchApi({ url }), {
  target: JSON.parse(target) as CompletionTarget,
  chunk: 8,
  records: nowhere,
  health: startClientHealth(),
  signal: new AbortController().signal,
})
const workload = await syntheticWorkload({ promptTokens: 16, outputTokens: 4, seed: 1 })
await path.send(0, slice(workload.requests(0), 0, 16), {})
