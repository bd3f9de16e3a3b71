import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FakeTree } from './fake-tree.ts'
import { deviceFields } from './sources/nvidia-devices.ts'
import { processFields } from './sources/nvidia-processes.ts'

/** The text of a recording of a real tool; `fixtures/recordings/README.md` says where each comes from. */
export const recording = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures/recordings', name), 'utf8')

/** For tests: a program that notes its pid in `<tree>/pids`, does what this shell text says and stays without a word. */
export function fakeProgram(tree: FakeTree, name: string, script: string): string {
  tree.write(name, `#!/bin/sh\necho "$$" >>"${tree.root}/pids"\n${script}\nexec sleep 600\n`)
  const path = join(tree.root, name)
  chmodSync(path, 0o755)
  return path
}

/**
 * For tests: an nvidia-smi that answers with a recording, a query at a time: the columns that are asked for, without
 * units, as `--format=csv,noheader,nounits` prints them. A column that was not recorded is `[N/A]`.
 */
export function recordedNvidiaSmi(tree: FakeTree, name: string, more: Record<string, string> = {}): string {
  const answer = (query: string): string => `cat <<'EOF'\n${projection(recording(name), query, more)}EOF`
  return fakeProgram(
    tree,
    'nvidia-smi',
    `case "$1" in\n--query-gpu=*) ${answer('--query-gpu')}\n;;\n*) ${answer('--query-compute-apps')}\n;;\nesac`,
  )
}

/** As nvidia-smi calls them in its header, where that is another name than in the query. */
const columnNames: Record<string, string> = { 'clocks.sm': 'clocks.current.sm', used_memory: 'used_gpu_memory' }

const asked: Record<string, string> = {
  '--query-gpu': deviceFields('clocks_event_reasons'),
  '--query-compute-apps': processFields,
}

/** The lines that nvidia-smi prints for this query on the machine of the recording. */
export function projection(text: string, query: string, more: Record<string, string> = {}): string {
  const part = text.split(/^# nvidia-smi /m).find(found => found.startsWith(`${query}\n`))
  const [, header = '', ...rows] = part?.trim().split('\n') ?? []
  const names = header.split(', ').map(name => name.replace(/ \[.*\]$/, ''))
  return rows
    .map(row => {
      const cells = row.split(', ')
      const cellOf = (field: string): string => {
        const at = names.indexOf(columnNames[field] ?? field)
        return cells[at]?.replace(/^([\d.]+) (MiB|%|W|MHz)$/, '$1') ?? more[field] ?? '[N/A]'
      }
      return `${(asked[query] ?? '').split(',').map(cellOf).join(', ')}\n`
    })
    .join('')
}
