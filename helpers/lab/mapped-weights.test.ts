import { expect, test } from 'vitest'
import { startTestEngine } from '../engines/embedded/engine-for-tests.ts'
import { mappedWeights, sharedMappings } from './mapped-weights.ts'

const smaps = `55d0c0a00000-55d0c0a20000 r--p 00000000 fe:00 131          /usr/bin/llama-server
Size:                128 kB
Rss:                 128 kB
7f5a00000000-7f5a40000000 r--s 00a00000 fe:00 77           /models/qwen2.5 ÷ 16.gguf
Size:            1048576 kB
KernelPageSize:        4 kB
Rss:              262144 kB
Pss:              131072 kB
7f5a50000000-7f5a50001000 r--s 00000000 fe:00 9            /usr/lib/gconv/gconv-modules.cache
Size:                  4 kB
Rss:                   4 kB
7f5a60000000-7f5a60001000 rw-s 00000000 00:01 5            /dev/zero (deleted)
Size:                  4 kB
Rss:                   0 kB
`

test('files that are mapped shared and read-only, and what of them is in memory', () => {
  expect(sharedMappings(smaps)).toEqual([
    { path: '/models/qwen2.5 ÷ 16.gguf', mappedBytes: 2 ** 30, residentBytes: 2 ** 28 },
    { path: '/usr/lib/gconv/gconv-modules.cache', mappedBytes: 4096, residentBytes: 4096 },
  ])
})

test('of a real engine: mapped or copied, as it was loaded; none once it is unloaded', async () => {
  await using tested = await startTestEngine()
  const { engine, model } = tested
  const load = (memoryMap: boolean) =>
    engine.load(model('tiny'), { contextTokens: 256, slots: 1, settings: { memoryMap } })
  await load(true)
  const mapped = await mappedWeights(engine, 'tiny')
  expect(mapped).toMatchObject({ state: 'measured' })
  await load(false)
  expect(await mappedWeights(engine, 'tiny')).toMatchObject({
    state: 'absent',
    reason: expect.stringContaining('copied'),
  })
  await engine.unload('tiny')
  expect(await mappedWeights(engine, 'tiny')).toMatchObject({
    state: 'absent',
    reason: expect.stringContaining('not loaded'),
  })
})
