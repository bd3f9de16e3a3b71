import type { Assessment } from '../verdicts/assessment.ts'
import type { BaselineArtifact } from './artifacts.ts'
import { type Colour, type Paint, plainPaint } from './paint.ts'
import { verdictWords } from './verdict-words.ts'

/** What was measured, without the title: the line with its numbers and the amount of data, or the reason. */
export function statement(assessment: Assessment): string {
  if (assessment.measured === null) return `${assessment.verdict}: ${assessment.reason}`
  const line = [assessment.line, assessment.data].filter(Boolean).join(' · ')
  return assessment.verdict === 'inconclusive' ? `${line} · inconclusive: ${assessment.reason}` : line
}

/**
 * The lines under a test: one for each criterion, and where to look next unless it passed. A test of several criteria
 * names each of them.
 */
export function assessmentLines(assessments: readonly Assessment[], paint: Paint = plainPaint): string[] {
  return assessments.flatMap(assessment => {
    const { sign, colour } = verdictWords[assessment.verdict]
    const title = assessments.length > 1 ? `${paint(colour, sign)} ${assessment.title}: ` : ''
    const advice = assessment.verdict === 'pass' ? [] : assessment.advice
    return [
      `    ${title}${paint(assessment.verdict === 'pass' ? 'dim' : colour, statement(assessment))}`,
      ...advice.map(next => `    ${paint('cyan', 'look at:')} ${withoutPrefix(next)}`),
    ]
  })
}

const baselineColours = {
  improved: 'green',
  regressed: 'red',
  'within noise': 'dim',
  'no change': 'dim',
  unknown: 'yellow',
  'no baseline': 'yellow',
  recorded: 'cyan',
} as const satisfies Record<BaselineArtifact['verdict'], Colour>

/** One line a metric that was held against its baseline. */
export function baselineLines(
  baselines: readonly Pick<BaselineArtifact, 'verdict' | 'line'>[],
  paint: Paint = plainPaint,
): string[] {
  return baselines.map(({ verdict, line }) => `    ${paint(baselineColours[verdict], `baseline: ${line}`)}`)
}

/** Advice is a sentence of its own and may begin with the words that introduce it here. */
const withoutPrefix = (advice: string): string => advice.replace(/^look at:? /i, '')
