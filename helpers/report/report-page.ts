import { createHash } from 'node:crypto'
import type { Results } from '../reporting/results-schema.ts'
import { verdictSentence } from '../reporting/verdict-sentence.ts'
import { anchorOf } from './anchor.ts'
import type { Draw } from './chart-figure.ts'
import type { ConfigurationFile } from './configuration-files.ts'
import { findingsSection } from './findings-section.ts'
import { type Html, html, trusted } from './html.ts'
import { machineSection } from './machine-section.ts'
import type { Part } from './merge-results.ts'
import { metricsSection } from './metrics-section.ts'
import { overview } from './overview.ts'
import { planTitle } from './plans.ts'
import { plansSections, shownPlans } from './plans-section.ts'
import { recommendationsSection } from './recommendations-section.ts'
import { script } from './script.ts'
import { style } from './style.ts'
import { verdictsSection } from './verdicts-section.ts'

export interface Report {
  results: Results
  /** The results files that were merged; one or none for a run in one piece. */
  parts: readonly Part[]
  /** What the parts do not have in common. */
  notes: readonly string[]
  configurations: readonly ConfigurationFile[]
}

/**
 * The run as one HTML document that needs nothing beside it and asks nothing of the network. The browser is told to refuse
 * whatever is not this page's own style and script.
 */
export function reportPage(report: Report, draw: Draw): string {
  const { results, parts, notes, configurations } = report
  const closing: [id: string, title: string, section: Html | null][] = [
    ['findings', 'Findings', findingsSection(results)],
    ['recommendations', 'Recommendations', recommendationsSection(configurations)],
    ['metrics', 'All numbers', metricsSection(results)],
  ]
  const shown = closing.filter(([, , section]) => section !== null)
  const links = [
    ['verdicts', 'Verdicts'],
    ['machine', 'Machine and engine'],
    ...shownPlans(results).map(plan => [anchorOf('plan', plan), planTitle(plan)]),
    ...shown.map(([id, title]) => [id, title]),
  ]
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hashOf(script)}'">
<title>${verdictSentence(results.items)} Performance of the LLM engine</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the verdicts</a>
${overview(results)}
<nav aria-label="On this page"><ul>${links.map(([id = '', title = '']) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main">
${verdictsSection(results)}
${machineSection(results, parts, notes)}
${plansSections(results, draw)}
${shown.map(([, , section]) => section)}
</main>
<footer><p>Written by vitest-llm-perf from results.json, which holds every number in full.</p></footer>
<script>${trusted(script)}</script>
</body>
</html>
`
  return page.text
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64')
