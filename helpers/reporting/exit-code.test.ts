import { describe, expect, test } from 'vitest'
import {
  BadInputError,
  ClientBottleneckError,
  CouldNotMeasureError,
  EngineCrashedError,
  EngineStartError,
  exitCodes,
  ModelMissingError,
  RecordingError,
} from '../errors.ts'
import { couldNotMeasure, failed, inconclusive, notApplicable, passed } from './example-run.ts'
import { type ExitCodeInput, exitCodeFor, exitCodeOfError } from './exit-code.ts'
import { finalExitCode } from './process-exit-code.ts'

type Test = ExitCodeInput['tests'][number]

const outcome = (state: Test['state'], assessments: Test['assessments'], ...errors: Test['errors']): Test => ({
  state,
  assessments,
  errors,
})
const ordinary = { code: null, message: 'expected 1 to be 2' }
const client = { code: 'PERF_CLIENT_BOTTLENECK', message: 'the client was the bottleneck\nmore' }
const crash = { code: 'PERF_ENGINE_CRASHED', message: 'the engine died' }
const input = { code: 'PERF_BAD_INPUT', message: 'batch.jsonl line 3: not JSON' }

const codeOf = (tests: Test[], more: Partial<ExitCodeInput> = {}) =>
  exitCodeFor({ tests, errors: [], strict: false, required: [], ...more })

describe('exit code of a run', () => {
  test.for<[string, Test[], Partial<ExitCodeInput>, number]>([
    ['nothing failed', [outcome('passed', [passed])], {}, 0],
    ['inconclusive', [outcome('skipped', [inconclusive])], {}, 0],
    ['everything not applicable', [outcome('skipped', [notApplicable])], {}, 0],
    ['a criterion failed', [outcome('failed', [failed], ordinary)], {}, 1],
    ['a criterion failed softly before the test was skipped', [outcome('skipped', [failed])], {}, 1],
    ['a criterion failed as the test expected', [outcome('passed', [failed])], {}, 0],
    ['an ordinary test failed', [outcome('failed', [], ordinary)], {}, 1],
    ['an unhandled error', [outcome('passed', [passed])], { errors: [ordinary] }, 1],
    ['the engine crashed', [outcome('failed', [], crash)], {}, 1],
    ['the client was the bottleneck', [outcome('failed', [], client)], {}, 3],
    ['a hook could not start the engine', [outcome('skipped', [])], { errors: [{ ...client }] }, 3],
    ['a criterion could not be measured', [outcome('failed', [couldNotMeasure], client)], {}, 3],
    [
      'both failed and could not measure',
      [outcome('failed', [failed], ordinary), outcome('failed', [], client)],
      {},
      1,
    ],
    ['bad input found by a spec', [outcome('failed', [], input), outcome('failed', [], client)], {}, 2],
    ['inconclusive, strict', [outcome('passed', [passed]), outcome('skipped', [inconclusive])], { strict: true }, 3],
    [
      'not applicable beside a pass, strict',
      [outcome('passed', [passed]), outcome('skipped', [notApplicable])],
      { strict: true },
      0,
    ],
    ['nothing judged at all, strict', [outcome('skipped', [notApplicable])], { strict: true }, 3],
    ['a required criterion passed', [outcome('passed', [passed])], { required: [passed.id] }, 0],
    ['a required criterion failed', [outcome('failed', [failed], ordinary)], { required: [failed.id] }, 1],
    ['a required criterion did not run', [outcome('passed', [passed])], { required: ['001.x.y'] }, 3],
    ['a required criterion is inconclusive', [outcome('skipped', [inconclusive])], { required: [inconclusive.id] }, 3],
    [
      'a required criterion is not applicable',
      [outcome('skipped', [notApplicable])],
      { required: [notApplicable.id] },
      3,
    ],
  ])('%s', ([, tests, more, code]) => {
    expect(codeOf(tests, more).code).toBe(code)
  })

  test('names the reasons of the code that wins, each once', () => {
    const tests = [outcome('failed', [], client), outcome('failed', [], client)]
    expect(codeOf(tests, { required: ['001.x.y'] }).reasons).toEqual([
      'the client was the bottleneck',
      '001.x.y is required (PERF_REQUIRE) and did not run',
    ])
  })

  test('agrees with the exit code of every error class', () => {
    for (const Class of [
      BadInputError,
      ClientBottleneckError,
      CouldNotMeasureError,
      EngineCrashedError,
      EngineStartError,
      ModelMissingError,
      RecordingError,
    ]) {
      const error = new Class('text')
      expect(exitCodeOfError(error), Class.name).toBe(error.exitCode)
    }
  })
})

test.for<[number | undefined, number, number]>([
  [undefined, 0, 0],
  [1, 0, 1],
  [1, 3, 3],
  [0, 1, 1],
  [exitCodes.interrupted, 1, exitCodes.interrupted],
  [exitCodes.terminated, 3, exitCodes.terminated],
])('a process about to end with %s ends with ours (%s): %s', ([current, ours, final]) => {
  expect(finalExitCode(current, ours)).toBe(final)
})
