import { existsSync, readFileSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { optionDefinitions } from '../options/index.ts'
import { requiredOf } from './gate-workflow.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, '.github/workflows/perf-gate.yml'), 'utf8')

const environment = z.record(z.string(), z.string()).default({})
const concurrency = z.object({
  group: z.string(),
  'cancel-in-progress': z.boolean(),
  queue: z.literal('max').optional(),
})
const step = z.object({ uses: z.string().optional(), run: z.string().optional(), env: environment })
const job = z.object({
  if: z.string(),
  'runs-on': z.union([z.string(), z.array(z.string())]),
  permissions: z.record(z.string(), z.string()),
  concurrency: concurrency.optional(),
  env: environment,
  steps: z.array(step),
})
const workflow = z
  .object({
    on: z.object({
      pull_request: z.null(),
      schedule: z.array(z.object({ cron: z.string() })),
      workflow_dispatch: z.object({}),
    }),
    concurrency,
    permissions: z.object({}).strict(),
    env: environment,
    jobs: z.object({ measure: job, verdict: job }).strict(),
  })
  .parse(parse(text))

const expressionStart = `$${'{{'}`
const expression = (text: string): string => `${expressionStart} ${text} }}`

/** The program that a step or a script of package.json runs. */
function fileOf(script: string): string | undefined {
  const name = /^npm run (\S+)/.exec(script)?.[1]
  const command = name === undefined ? script : new Map(Object.entries(manifest.scripts)).get(name)
  return /\bnode (scripts\/\S+\.ts)/.exec(command ?? '')?.[1]
}

const jobs = Object.values(workflow.jobs)
const steps = jobs.flatMap(({ steps }) => steps)
const scripts = steps.flatMap(({ run }) => run ?? [])

describe('what a step runs', () => {
  test('is there: a script of package.json, or npm ci', () => {
    const commands = scripts.filter(script => script !== 'npm ci').map(fileOf)
    expect(commands).toEqual(['scripts/gate.ts', 'scripts/gate-verdict.ts', 'scripts/gate-comment.ts'])
    expect(commands.filter(file => !existsSync(join(root, file ?? '')))).toEqual([])
  })

  test('is what `npm run gate` runs, as the first process of its step: it gets the signal of a job that is cancelled', () => {
    expect(scripts.filter(script => fileOf(script) === 'scripts/gate.ts')).toEqual([
      expect.stringMatching(/^exec node_modules\/\.bin\/node scripts\/gate\.ts /),
    ])
    expect(manifest.scripts).toMatchObject({ gate: 'node scripts/gate.ts', 'gate:check': 'node scripts/gate-check.ts' })
  })

  test('holds no text of whoever opened the pull request: expressions come in as variables', () => {
    expect(scripts.filter(script => script.includes(expressionStart))).toEqual([])
  })

  test('gets options that the suite has', () => {
    const names = [workflow, ...jobs, ...steps]
      .flatMap(({ env }) => Object.keys(env))
      .filter(name => name.startsWith('PERF_'))
    const known = Object.values(optionDefinitions).map(({ environmentName }) => environmentName)
    expect(names).toContain('PERF_REQUIRE')
    expect(names.filter(name => !known.includes(name))).toEqual([])
  })
})

test('every action is pinned to a commit, with its version beside it', () => {
  const used = text.split('\n').filter(line => /^\s+(- )?uses: /.test(line))
  expect(used).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length)
  expect(used.filter(line => !/ uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
})

describe('the runner with the GPU', () => {
  const { measure } = workflow.jobs

  test('takes one run at a time and loses none that waits', () => {
    expect(measure['runs-on']).toEqual(['self-hosted', expression('matrix.runner')])
    expect(text).toContain(`fromJSON(vars.GPU_RUNNERS || '["gpu"]')`)
    expect(measure.concurrency).toEqual({
      group: expression('matrix.runner'),
      'cancel-in-progress': false,
      queue: 'max',
    })
  })

  test('is given up only for a newer push to the same pull request', () => {
    expect(workflow.concurrency.group).toBe(
      `perf-gate-${expression('github.event.pull_request.number || github.run_id')}`,
    )
  })

  test('runs no code of a fork, and cannot write to the repository', () => {
    expect(measure.if).toContain('github.event.pull_request.head.repo.full_name == github.repository')
    expect(measure.permissions).toEqual({ contents: 'read' })
    expect(text.match(/persist-credentials: false/g)).toHaveLength(text.match(/actions\/checkout@/g)?.length ?? 0)
  })
})

test('the verdict comes also where nothing was measured, and may write comments and nothing else', () => {
  const { verdict } = workflow.jobs
  expect(verdict.if).toBe(expression('!cancelled()'))
  expect(verdict['runs-on']).toBe('ubuntu-latest')
  expect(verdict.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
})

describe('what must have been judged', () => {
  test('is asked of specs that exist', async () => {
    const specs = await Array.fromAsync(glob('perf/**/*.perf.ts', { cwd: root }), name =>
      readFile(join(root, name), 'utf8'),
    )
    const ids = requiredOf(text)
    expect(ids).toContain('001.sequential-batches.baseline-throughput')
    const asked = [...new Set(ids.map(id => id.split('.').slice(0, 2).join('.')))]
    expect(asked.filter(spec => !specs.some(source => source.includes(`'${spec}'`)))).toEqual([])
  })

  test('is something', () => {
    expect(() => requiredOf('env: { PERF_REQUIRE: "" }')).toThrow('names no criterion')
    expect(() => requiredOf('env: {}')).toThrow('names no criterion')
  })
})
