import type { SerializedError, TestArtifact } from 'vitest'
import {
  type TestCase,
  type TestModule,
  type TestRunEndReason,
  type TestSpecification,
  VerboseReporter,
  type Vitest,
} from 'vitest/node'
import { exitCodes, PerfError } from '../errors.ts'
import { findings } from '../findings/index.ts'
import type { PerfOptions } from '../options/index.ts'
import './artifacts.ts'
import { engineLines } from './engine-lines.ts'
import { type ExitDecision, exitCodeFor } from './exit-code.ts'
import { finalLines } from './final-lines.ts'
import { findingLines } from './finding-lines.ts'
import { countVerdicts, itemsOf } from './items.ts'
import type { Terminal } from './live-line.ts'
import { errorOutcome, type Outcome, outcomeOf, runsOf, type TestOutcome, tablesOf, testOutcome } from './outcome.ts'
import { type Paint, paintFor } from './paint.ts'
import { setProcessExitCode } from './process-exit-code.ts'
import { type ProgressPrinter, progressPrinterFor } from './progress-printer.ts'
import { redact } from './redact.ts'
import { buildResults, thisHost } from './results.ts'
import { writeResults } from './results-file.ts'
import { resultsMarkdown } from './results-markdown.ts'
import type { Finding, Results } from './results-schema.ts'
import { runSummary } from './run-summary.ts'
import type { RunWatcher } from './run-watcher.ts'
import { STEP_SUMMARY_LIMIT, writeStepSummary } from './step-summary.ts'
import { tableLines } from './table-lines.ts'
import { testLines } from './test-lines.ts'

export interface PerfReporterOptions {
  /** Folder of this run, `<output>/runs/<time>`; without it no results are written. */
  runDirectory?: () => string
  /** What decides the exit code and goes into the results. */
  options?: Pick<PerfOptions, 'profile' | 'strict' | 'require' | 'apiKey'>
  /** What will run, on which engine and model, and about how long. */
  headerLines?: () => string[] | Promise<string[]>
  /** The last line of the run; null for none. */
  hint?: () => string | null | Promise<string | null>
  /** Is told of a run of perf specs; nobody unless said. */
  watcher?: RunWatcher
  /** Where the lines about performance go. Default: where vitest's go. */
  stdout?: Terminal
}

/** Width of what is printed where no screen tells its own: a log. */
const LOG_COLUMNS = 100

interface WriteFailure {
  message: string
  exitCode: 1 | 3
}

/** Only this project's specs are reported as measurements; every other is reported as vitest's verbose reporter does. */
const PROJECT = 'perf'

/**
 * vitest's verbose reporter, and for the project `perf`: a header, a live progress line, what each criterion measured,
 * the plan's summary at the end of each spec, results.json, GitHub's step summary, and the exit code.
 */
export class PerfReporter extends VerboseReporter {
  readonly #settings: PerfReporterOptions
  readonly #secrets: readonly string[]
  #stream: Terminal = process.stdout
  #paint: Paint = paintFor(process.stdout)
  #progress: ProgressPrinter = progressPrinterFor(process.stdout)
  #startedAt = new Date()
  /** Why the last test was skipped; null where it was not. */
  #lastNote: string | null = null
  /** What has been judged so far, for whoever watches. */
  #judged: TestOutcome[] = []
  /** Ids of the modules, as they ended: vitest hands them over by their paths. */
  #ended: string[] = []
  /** A run with perf specs in it; only then anything here has a say. */
  #isPerfRun = false

  constructor(settings: PerfReporterOptions = {}) {
    // The live summary would fight the progress line for the last line of the screen.
    super({ summary: false })
    this.#settings = settings
    this.#secrets = settings.options?.apiKey ? [settings.options.apiKey] : []
  }

  override onInit(vitest: Vitest): void {
    super.onInit(vitest)
    this.#stream = this.#settings.stdout ?? (vitest.logger.outputStream as Terminal)
    this.#paint = paintFor(this.#stream)
    this.#progress = progressPrinterFor(this.#stream)
    // An interrupted run leaves no half of a line behind.
    vitest.logger.onTerminalCleanup(() => this.#progress.clear())
  }

  override async onTestRunStart(specifications: readonly TestSpecification[]): Promise<void> {
    super.onTestRunStart(specifications)
    this.#startedAt = new Date()
    this.#isPerfRun = specifications.some(({ project }) => project.name === PROJECT)
    if (!this.#isPerfRun) return
    this.#judged = []
    this.#ended = []
    await this.#settings.watcher?.started()
    const lines = (await this.#settings.headerLines?.()) ?? []
    if (lines.length > 0) this.#print([...lines.map(line => ` ${line}`), ''])
  }

  onTestCaseArtifactRecord(_test: TestCase, artifact: TestArtifact): void {
    this.#settings.watcher?.artifact(artifact)
    if (artifact.type === 'perf:progress') this.#progress.update(artifact)
    if (artifact.type !== 'perf:engine') return
    this.#progress.clear()
    this.#print(indent(engineLines(artifact, this.#paint)))
  }

  override onTestCaseResult(test: TestCase): void {
    this.#progress.clear()
    if (test.project.name !== PROJECT) {
      super.onTestCaseResult(test)
      return
    }
    const result = test.result()
    const task = this.ctx.state.idMap.get(test.id)
    // The console output that vitest held back (`silent: 'passed-only'`).
    if (task && result.state === 'failed') this.logFailedTask(task)
    if (result.state === 'skipped' && !result.note && this.ctx.config.hideSkippedTests) return
    const outcome = testOutcome(test)
    this.#judged.push(outcome)
    this.#settings.watcher?.judged(countVerdicts(itemsOf({ tests: this.#judged })))
    const lines = testLines(
      outcome,
      { durationMs: test.diagnostic()?.duration ?? 0, annotations: test.annotations() },
      this.#paint,
    )
    const note = result.state === 'skipped' ? (result.note ?? null) : null
    // A whole spec that is not applicable says why once.
    this.#print(note !== null && note === this.#lastNote ? lines.slice(0, 1) : lines)
    this.#lastNote = note
  }

  override onTestModuleEnd(module: TestModule): void {
    this.#progress.clear()
    super.onTestModuleEnd(module)
    this.#ended.push(module.id)
    if (module.project.name !== PROJECT) return
    const tests = [...module.children.allTests()]
    const assessments = tests.flatMap(test => testOutcome(test).assessments)
    const runs = new Map(tests.flatMap(runsOf).map(run => [run.id, run]))
    for (const run of runs.values()) this.#print(['', ...indent(runSummary(run, assessments, this.#paint)), ''])
    const tables = new Map(tests.flatMap(tablesOf).map(table => [table.id, table]))
    for (const table of tables.values()) this.#print(['', ...indent(tableLines(table, this.#screen)), ''])
  }

  override async onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): Promise<void> {
    this.#progress.clear()
    super.onTestRunEnd(modules, unhandledErrors, reason)
    if (!this.#isPerfRun) return
    const measured = modules.filter(({ project }) => project.name === PROJECT)
    const outcome = outcomeOf(measured.toSorted((a, b) => this.#ended.indexOf(a.id) - this.#ended.indexOf(b.id)))
    let exit = this.#exitOf(outcome, modules, unhandledErrors)
    setProcessExitCode(exit.code)
    const { path, answers, failures } = this.#write(outcome, exit)
    for (const failure of failures) {
      const code = exit.code === exitCodes.ok ? failure.exitCode : exit.code
      exit = { code, reasons: [...exit.reasons, failure.message] }
      setProcessExitCode(code)
    }
    const resultsPath = path === null ? null : this.relative(path)
    if (answers.length > 0) this.#print(findingLines(answers, this.#screen))
    this.#print(finalLines({ items: itemsOf(outcome), resultsPath, exit }, this.#paint))
    await this.#settings.watcher?.ended()
    const hint = await this.#settings.hint?.()
    this.#print(['', ...(hint ? [` ${hint}`] : [])])
  }

  #exitOf(
    { tests, errors }: Outcome,
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
  ): ExitDecision {
    const elsewhere = modules.filter(module => module.project.name !== PROJECT && !module.ok())
    const { strict = false, require: required = [] } = this.#settings.options ?? {}
    return exitCodeFor({
      tests,
      errors: [
        ...errors,
        ...unhandledErrors.map(errorOutcome),
        ...elsewhere.map(module => ({ code: null, message: `${module.relativeModuleId} failed` })),
        ...(modules.length === 0
          ? [{ code: 'PERF_COULD_NOT_MEASURE', message: 'no spec was started: the run broke while it was set up' }]
          : []),
      ],
      strict,
      required,
    })
  }

  /**
   * What was measured is written before it is asked anything, and a failure of one part (a disk that is full, a question
   * at fault) neither hides the others nor goes untold.
   */
  #write(outcome: Outcome, exit: ExitDecision): { path: string | null; answers: Finding[]; failures: WriteFailure[] } {
    const { runDirectory, options } = this.#settings
    const failures: WriteFailure[] = []
    const attempt = <T>(part: () => T): T | null => {
      try {
        return part()
      } catch (error) {
        failures.push(writeFailure(error))
        return null
      }
    }
    const profile = options?.profile ?? 'unknown'
    const results = buildResults({ startedAt: this.#startedAt, profile, host: thisHost(), outcome, exit })
    const write = (what: Results) => (runDirectory ? writeResults(runDirectory(), what, this.#secrets) : null)
    const path = attempt(() => write(results))
    const answers = attempt(() => findings(results)) ?? []
    if (path !== null && answers.length > 0) attempt(() => write({ ...results, findings: answers }))
    attempt(() => {
      const summary = resultsMarkdown({ ...results, findings: answers }, { limit: STEP_SUMMARY_LIMIT })
      writeStepSummary(redact(summary, this.#secrets))
    })
    return { path, answers, failures }
  }

  get #screen(): { paint: Paint; width: number } {
    return { paint: this.#paint, width: (this.#stream.columns ?? LOG_COLUMNS) - 1 }
  }

  #print(lines: readonly string[]): void {
    this.#stream.write(`${redact(lines.join('\n'), this.#secrets)}\n`)
  }
}

export default PerfReporter

const indent = (lines: readonly string[]): string[] => lines.map(line => (line === '' ? '' : ` ${line}`))

const writeFailure = (error: unknown): WriteFailure => ({
  message: error instanceof Error ? error.message : String(error),
  exitCode: error instanceof PerfError ? exitCodes.couldNotMeasure : exitCodes.failed,
})
