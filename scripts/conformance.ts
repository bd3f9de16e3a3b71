/** Runs the conformance checks on real engines and prints their table: `npm run conformance -- --help`. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ConformanceResult, conformanceTable, resultVariable } from '../helpers/conformance/index.ts'
import { exitCodes } from '../helpers/errors.ts'

const help = `Asks real engines what this suite relies on, and prints a table of the answers.

  npm run conformance -- [--write] [engine…]

  engine     embedded (default), llama-server, ollama, vllm: started from the PATH, or as a container with
             PERF_ENGINE_START=container; or a URL such as http://127.0.0.1:11434, whatever answers there
  --write    replace the table in docs/engines.md by the one of all results that are kept under .vitest/conformance
  --help     this text

Every other option comes from the PERF_ variables. A URL needs PERF_SYNTHETIC=1 or PERF_MODEL.
Exit code: 0 when no check failed, else 1.
`

const folder = '.vitest/conformance'
const page = 'docs/engines.md'
const markers = ['<!-- conformance -->', '<!-- /conformance -->'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
})
if (values.help) process.stdout.write(help)
else process.exitCode = await main(positionals.length > 0 ? positionals : ['embedded'], values.write)

async function main(engines: string[], write: boolean): Promise<number> {
  let exitCode: number = exitCodes.ok
  for (const engine of engines) if ((await check(engine)) !== 0) exitCode = exitCodes.failed
  const results = kept()
  if (results.length > 0) console.log(`\n${conformanceTable(results)}`)
  if (write) replaceTable(conformanceTable(results))
  return exitCode
}

function check(engine: string): Promise<number> {
  const isUrl = /^https?:/.test(engine)
  const how = process.env.PERF_ENGINE_START ?? ''
  const path = join(folder, `${`${engine} ${isUrl ? '' : how}`.trim().replace(/[^a-z0-9]+/gi, '-')}.json`)
  rmSync(path, { force: true })
  console.error(`\nconformance: ${engine}`)
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const reporters = ['--reporter=verbose', '--reporter=./helpers/conformance/conformance-reporter.ts']
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'conformance', ...reporters], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(isUrl ? { PERF_ENGINE_URL: engine } : { PERF_ENGINE: engine }),
      [resultVariable]: path,
    },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}

function kept(): ConformanceResult[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter(name => name.endsWith('.json'))
  return files.sort().map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

function replaceTable(table: string): void {
  const text = readFileSync(page, 'utf8')
  const [start, end] = markers.map(marker => text.indexOf(marker))
  if (start === undefined || end === undefined || start < 0 || end < start) {
    throw new Error(`${page} has no ${markers.join(' … ')} to put the table between`)
  }
  writeFileSync(page, `${text.slice(0, start + markers[0].length)}\n${table}\n${text.slice(end)}`)
}
