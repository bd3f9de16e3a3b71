import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BadInputError } from '../errors.ts'
import {
  type BatchConfiguration,
  type ConfigurationCategory,
  configurationsAsYaml,
  outstandingOf,
  parseConfigurations,
  readConfigurations,
} from './index.ts'

const FINE = `\
configurations:
  - name: baseline-128x2
    category: baseline
    model: { name: qwen2.5-0.5b, tensor_parallel_size: 1 }
    inference:
      batch_size: 128
      concurrency: 2
      gpu_memory_utilization: 0.9
      max_tokens: 100
    data:
      num_samples: 1000
      prompt_tokens: 128
`

const fine: BatchConfiguration = {
  name: 'baseline-128x2',
  category: 'baseline',
  model: { name: 'qwen2.5-0.5b', tensorParallelSize: 1 },
  inference: { batchSize: 128, concurrency: 2, gpuMemoryUtilization: 0.9, maxTokens: 100 },
  data: { samples: 1000, promptTokens: 128 },
}

/** A second entry that differs from the first by a line. */
const twice = (from: string, to: string): string =>
  FINE + FINE.slice(FINE.indexOf('  - name')).replace('baseline-128x2', 'other').replace(from, to)

/** The lines of the refusal, without the first. */
function problemsOf(text: string): string[] {
  try {
    parseConfigurations(text, 'mine.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError)
    const [first, ...problems] = (error as BadInputError).message.split('\n')
    expect(first).toBe('The configurations in mine.yaml are not valid.')
    return problems.map(problem => problem.replace('  - ', ''))
  }
  return expect.unreachable('the text was accepted')
}

test('a file is read', () => {
  expect(parseConfigurations(FINE, 'mine.yaml')).toEqual([fine])
})

describe('one wrong value is told with its line, field, and what is allowed', () => {
  test.for([
    [
      'batch_size: 128',
      'batch_size: 0',
      'line 6: configurations[0].inference.batch_size is 0; allowed: a whole number from 1',
    ],
    [
      'batch_size: 128',
      'batch_size: 1.5',
      'line 6: configurations[0].inference.batch_size is 1.5; allowed: a whole number from 1',
    ],
    [
      'batch_size: 128',
      'batch_size: -1.5',
      'line 6: configurations[0].inference.batch_size is -1.5; allowed: a whole number from 1',
    ],
    [
      'batch_size: 128',
      'batch_size: "128"',
      'line 6: configurations[0].inference.batch_size is "128"; allowed: a whole number from 1',
    ],
    [
      'batch_size: 128',
      'batch_size: .inf',
      'line 6: configurations[0].inference.batch_size is Infinity; allowed: a whole number from 1',
    ],
    [
      'batch_size: 128',
      'batch_size:',
      'line 6: configurations[0].inference.batch_size is null; allowed: a whole number from 1',
    ],
    [
      'concurrency: 2',
      'concurrency: two',
      'line 7: configurations[0].inference.concurrency is "two"; allowed: a whole number from 1',
    ],
    [
      '0.9',
      '1.01',
      'line 8: configurations[0].inference.gpu_memory_utilization is 1.01; allowed: a number above 0 and up to 1',
    ],
    [
      '0.9',
      '0',
      'line 8: configurations[0].inference.gpu_memory_utilization is 0; allowed: a number above 0 and up to 1',
    ],
    [
      'size: 1 }',
      'size: 0 }',
      'line 4: configurations[0].model.tensor_parallel_size is 0; allowed: a whole number from 1',
    ],
    ['name: qwen2.5-0.5b', 'name: ""', 'line 4: configurations[0].model.name is ""; allowed: the name of a model'],
    [
      'category: baseline',
      'category: basline',
      'line 3: configurations[0].category is "basline"; allowed: baseline, concurrency, large model, stress, sla, before and after, memory-optimised',
    ],
    [
      'name: baseline-128x2',
      'name: Baseline 1',
      'line 2: configurations[0].name is "Baseline 1"; allowed: lower-case letters and digits, joined by single dashes or dots',
    ],
    [
      'name: baseline-128x2',
      'name: 128',
      'line 2: configurations[0].name is 128; allowed: lower-case letters and digits, joined by single dashes or dots',
    ],
    [
      '      max_tokens: 100\n',
      '',
      'line 5: configurations[0].inference.max_tokens is not there; allowed: a whole number from 1',
    ],
    [
      'max_tokens: 100',
      'max_tokens: 100\n      best_of: 2',
      'line 10: configurations[0].inference.best_of is no field; allowed: the fields batch_size, concurrency, gpu_memory_utilization, max_tokens',
    ],
    [
      'category:',
      'kategory: x\n    category:',
      'line 3: configurations[0].kategory is no field; allowed: the fields name, category, model, inference, data',
    ],
    [
      'num_samples: 1000',
      'num_samples: 255',
      'line 11: configurations[0].data.num_samples is 255; allowed: 256 or more: batch_size × concurrency are to be outstanding at once',
    ],
    [
      '{ name: qwen2.5-0.5b, tensor_parallel_size: 1 }',
      'qwen2.5-0.5b',
      'line 4: configurations[0].model is "qwen2.5-0.5b"; allowed: the fields name, tensor_parallel_size',
    ],
  ] as const)('%s → %s', ([from, to, told]) => {
    expect(FINE).toContain(from)
    expect(problemsOf(FINE.replace(from, to))).toEqual([told])
  })
})

describe('names', () => {
  test('are there once', () => {
    expect(problemsOf(twice('other', 'baseline-128x2'))).toEqual([
      'line 13: configurations[1].name is "baseline-128x2"; allowed: a name of its own; configurations[0] has it',
    ])
  })

  test('of a before and an after come in pairs', () => {
    const alone = twice('other', 'batch-before').replaceAll('category: baseline', 'category: before and after')
    expect(problemsOf(alone)).toEqual([
      'line 2: configurations[0].name is "baseline-128x2"; allowed: a name that ends in -before or -after, in the category "before and after"',
      'line 13: configurations[1].name is "batch-before"; allowed: a name whose other half batch-after is in the category "before and after" too',
    ])
    expect(parseConfigurations(alone.replace('baseline-128x2', 'batch-after'), 'mine.yaml')).toHaveLength(2)
  })
})

test('all problems are told at once, in the order of their lines', () => {
  const text = twice('batch_size: 128', 'batch_size: 0').replace('other', 'baseline-128x2').replace('0.9', '9')
  expect(problemsOf(text).map(line => line.slice(0, line.indexOf(' is')))).toEqual([
    'line 8: configurations[0].inference.gpu_memory_utilization',
    'line 13: configurations[1].name',
    'line 17: configurations[1].inference.batch_size',
  ])
})

describe('a file that is something else', () => {
  test.for([
    ['', 'line 1: the file is null; allowed: the fields configurations'],
    ['- 1', 'line 1: the file is [1]; allowed: the fields configurations'],
    ['configurations: []', 'line 1: configurations is []; allowed: a list of at least one configuration'],
    ['\nconfigurations: 5', 'line 2: configurations is 5; allowed: a list of configurations'],
    [
      'configurations:\n  - 5',
      'line 2: configurations[0] is 5; allowed: the fields name, category, model, inference, data',
    ],
    ['configurations:\n  - name: [', 'line 2: Flow sequence in block collection must be sufficiently indented'],
    ['configurations: []\nconfigurations: []', 'line 2: Map keys must be unique'],
    ['configurations: *none', 'line 1: Unresolved alias'],
    ['configurations: !mine []', 'line 1: Unresolved tag: !mine'],
    ['a: 1\n---\nb: 1', 'line 2: Source contains multiple documents'],
  ] as const)('%j', ([text, told]) => {
    expect(problemsOf(text)[0]).toContain(told)
  })

  test('such as none, or a folder', () => {
    expect(() => readConfigurations('/nowhere/x.yaml')).toThrow(
      /Reading the configurations in \/nowhere\/x.yaml: ENOENT/,
    )
    expect(() => readConfigurations(tmpdir())).toThrow(BadInputError)
  })

  test('is not let through by what its aliases explode to', () => {
    const bomb = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]']
    for (let i = 1; i < 10; i++)
      bomb.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)
    expect(problemsOf(bomb.join('\n'))[0]).toContain('alias count')
  })
})

const categories: ConfigurationCategory[] = [
  'baseline',
  'concurrency',
  'large model',
  'stress',
  'sla',
  'memory-optimised',
]

/** What a file may hold. */
const configurations: fc.Arbitrary<BatchConfiguration[]> = fc.uniqueArray(
  fc
    .record({
      name: fc.stringMatching(/^[a-z0-9]{1,8}([.-][a-z0-9]{1,8}){0,3}$/),
      category: fc.constantFrom(...categories),
      model: fc.record({
        name: fc.string({ minLength: 1, unit: 'grapheme' }).filter(name => /\S/.test(name)),
        tensorParallelSize: fc.integer({ min: 1, max: 8 }),
      }),
      inference: fc.record({
        batchSize: fc.integer({ min: 1, max: 4096 }),
        concurrency: fc.integer({ min: 1, max: 512 }),
        gpuMemoryUtilization: fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true }),
        maxTokens: fc.integer({ min: 1, max: 1e6 }),
      }),
      data: fc.record({ samples: fc.nat(1e9), promptTokens: fc.integer({ min: 1, max: 1e6 }) }),
    })
    .map(({ data, ...rest }) => ({ ...rest, data: { ...data, samples: data.samples + outstandingOf(rest) } })),
  { minLength: 1, selector: ({ name }) => name },
)

describe('what is written', () => {
  test('reads in again unchanged, whatever its comments hold', () => {
    fc.assert(
      fc.property(configurations, fc.array(fc.string({ unit: 'grapheme' })), (written, lines) => {
        const text = configurationsAsYaml(written, { top: lines, above: () => lines })
        expect(parseConfigurations(text, 'written.yaml')).toEqual(written)
      }),
    )
  })

  test('reads well', () => {
    const text = configurationsAsYaml([fine], {
      top: ['What this is.'],
      above: ({ name }) => [`Why ${name}.`, 'And how.'],
    })
    expect(text).toBe(`\
# What this is.

configurations:
  # Why baseline-128x2.
  # And how.
  - name: baseline-128x2
    category: baseline
    model:
      name: qwen2.5-0.5b
      tensor_parallel_size: 1
    inference:
      batch_size: 128
      concurrency: 2
      gpu_memory_utilization: 0.9
      max_tokens: 100
    data:
      num_samples: 1000
      prompt_tokens: 128
`)
  })

  test('keeps every line of a comment in it, whatever ends the line', () => {
    const text = configurationsAsYaml([fine], { top: ['a\rb: 1\nc: 1\r\nd: 1'] })
    expect(text.startsWith('# a\n# b: 1\n# c: 1\n# d: 1\n\nconfigurations:\n')).toBe(true)
  })

  test('is a file like any other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'configurations-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'x.yaml')
    writeFileSync(path, `\ufeff${configurationsAsYaml([fine])}`)
    expect(readConfigurations(path)).toEqual([fine])
  })
})
