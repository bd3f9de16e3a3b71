import type { ConformanceResult } from './conformance-reporter.ts'

const words = { passed: 'yes', failed: '**no**' } as const

/** Engine × check as a Markdown table, with the reasons of what was not applicable below it. */
export function conformanceTable(results: readonly ConformanceResult[]): string {
  const names = [...new Set(results.flatMap(({ checks }) => checks.map(({ name }) => name)))]
  const notes: string[] = []
  const cell = (check: ConformanceResult['checks'][number] | undefined): string => {
    if (check === undefined) return ''
    if (check.state !== 'skipped') return words[check.state]
    if (check.note === '') return 'not run'
    const note = check.note.replace(/https?:\/\/[\w.:[\]]*[\w\]]/g, 'this server')
    if (!notes.includes(note)) notes.push(note)
    return `n/a ${notes.indexOf(note) + 1}`
  }
  const rows = names.map(name => [
    name,
    ...results.map(({ checks }) => cell(checks.find(check => check.name === name))),
  ])
  const header = ['Check', ...results.map(({ engine }) => `${engine.name} ${engine.version}, ${place(engine.runsAs)}`)]
  const table = [header, header.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`)
  return [...table, '', ...notes.map((note, i) => `${i + 1}. ${note}`)].join('\n')
}

/** Without the path or the id, which say nothing on another machine. */
const place = (runsAs: string): string => /^(binary|container)\b/.exec(runsAs)?.[0] ?? runsAs
