import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { optionDefinitions } from './index.ts'

const page = readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter(line => line.startsWith('| `'))

test.for(Object.values(optionDefinitions).map(definition => definition.environmentName))(
  'docs/options.md has a row for %s',
  name => {
    expect(rows.some(row => row.split('|')[1]?.includes(`\`${name}\``))).toBe(true)
  },
)
