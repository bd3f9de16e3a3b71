import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { optionDefinitions } from './index.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test.for(Object.values(optionDefinitions).map(definition => definition.environmentName))(
  'the README explains %s',
  name => {
    expect(readme).toContain(`\`${name}\``)
  },
)
