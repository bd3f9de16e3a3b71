import { expect, test } from 'vitest'
import { conformanceTable } from './conformance-table.ts'

test('engine × check, with the reasons below', () => {
  const table = conformanceTable([
    {
      engine: { name: 'ollama', version: '0.17.4', runsAs: 'binary /opt/ollama' },
      checks: [
        { name: 'a stream is complete', state: 'passed', note: '' },
        { name: 'a prompt is counted', state: 'skipped', note: 'no tokenizer route' },
      ],
    },
    {
      engine: { name: 'vllm', version: '0.32.0', runsAs: 'container vllm:local (12ab)' },
      checks: [
        { name: 'a stream is complete', state: 'failed', note: '' },
        { name: 'a prompt is counted', state: 'skipped', note: 'no tokenizer route' },
        { name: 'it recovers', state: 'skipped', note: '' },
      ],
    },
  ])
  expect(table).toMatchInlineSnapshot(`
    "| Check | ollama 0.17.4, binary | vllm 0.32.0, container |
    | --- | --- | --- |
    | a stream is complete | yes | **no** |
    | a prompt is counted | n/a 1 | n/a 1 |
    | it recovers |  | not run |

    1. no tokenizer route"
  `)
})
