import type { EngineArtifact } from './artifacts.ts'
import { type Paint, plainPaint } from './paint.ts'

/** What is measured, as it really runs: engine and version, how it was started and with what, the model, and cautions. */
export function engineLines(
  { engine, model }: Pick<EngineArtifact, 'engine' | 'model'>,
  paint: Paint = plainPaint,
): string[] {
  const { name, version, runsAs, url, arguments: words, cautions } = engine
  return [
    `engine   ${name} ${version} · ${runsAs} · ${url}`,
    ...(words.length > 0 ? [paint('dim', `         ${words.join(' ')}`)] : []),
    `model    ${model}`,
    ...cautions.map(caution => paint('yellow', `note     ${caution}`)),
    '',
  ]
}
