import { expect, test } from 'vitest'
import { buildCaution } from './known-builds.ts'

test.for(['b11669', 'b11669-Debian', 'b10775', 'node-llama-cpp 3.22.1', 'unknown'])(
  '%s is no cause for caution',
  version => {
    expect(buildCaution(version)).toBeNull()
  },
)

test.for(['b4321', 'b14000-abc'])('%s is', version => {
  expect(buildCaution(version)).toContain(`this one is ${version}`)
})
