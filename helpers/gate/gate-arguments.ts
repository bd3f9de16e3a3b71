import { parseArgs } from 'node:util'
import { BadInputError } from '../errors.ts'
import type { Shard } from './gate-record.ts'

export interface GateArguments {
  /** Which specs, as for vitest. */
  filters: string[]
  shard: Shard | null
}

/** @throws BadInputError for what is no filter and no shard */
export function gateArguments(args: readonly string[]): GateArguments | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const stray = positionals.find(filter => filter.startsWith('-'))
  if (stray !== undefined) throw bad(`${JSON.stringify(stray)} is no filter`)
  return {
    filters: positionals.length > 0 ? positionals : ['perf/'],
    shard: values.shard === undefined ? null : shardOf(values.shard),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { shard: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error))
  }
}

function shardOf(text: string): Shard {
  const [, index = 0, count = 0] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? []
  if (index < 1 || index > count) throw bad(`--shard is ${JSON.stringify(text)}; allowed: 1/3, 2/3, 3/3`)
  return { index, count }
}

const bad = (what: string) =>
  new BadInputError(`npm run gate: ${what}. See \`npm run gate -- --help\`; nothing was run.`)
