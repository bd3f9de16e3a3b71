import { exitMeaningOf } from '../reporting/exit-meaning.ts'
import { countVerdicts } from '../reporting/items.ts'
import type { Results } from '../reporting/results-schema.ts'
import { verdictSentence } from '../reporting/verdict-sentence.ts'
import { verdicts, verdictWords } from '../reporting/verdict-words.ts'
import { type Html, html } from './html.ts'
import { momentInWords } from './moment.ts'
import { verdictAnchor } from './verdicts-section.ts'

/** The first screen: the answer, the five counts, what it means for a gate, and what was measured where. */
export function overview(results: Results): Html {
  const { engine, host, items, profile, startedAt } = results
  const counts = countVerdicts(items)
  const { code, meaning } = exitMeaningOf(results)
  const facts = [
    engine ? `${engine.name} ${engine.version}` : 'no engine was measured',
    `${host.cpu}, ${host.cores} cores`,
    `profile ${profile}`,
    momentInWords(startedAt),
  ]
  return html`<header>
<p class="eyebrow">Performance of the LLM engine</p>
<h1>${verdictSentence(items)}</h1>
<p class="facts">${facts.join(' · ')}</p>
<ul class="counts">${verdicts.map(word => {
    const kind = word.replaceAll(' ', '-')
    const body = html`<b>${counts[word].toLocaleString('en')}</b> <span><span class="sign" aria-hidden="true">${verdictWords[word].sign}</span> ${word}</span>`
    return counts[word] > 0
      ? html`<li class="${kind}"><a href="#${verdictAnchor(word)}">${body}</a></li>`
      : html`<li class="none"><div>${body}</div></li>`
  })}</ul>
<p class="exit">Exit code <b>${code}</b>: ${meaning}.</p>
</header>`
}
