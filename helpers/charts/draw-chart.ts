import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts'
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components'
import { init, setPlatformAPI, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Chart } from './chart.ts'
import { frameOf, LETTER_SHARE } from './chart-frame.ts'
import { chartOption, emptyOption, fontFamily } from './chart-option.ts'
import { withinAxes } from './within-axes.ts'

use([
  BarChart,
  CustomChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
  TitleComponent,
])

// Without a browser echarts takes letters to be narrower than those of common fonts, and lets names run into each other.
setPlatformAPI({
  measureText: (text, font) => ({ width: lettersOf(text) * Number(/([\d.]+)px/.exec(font ?? '')?.[1] ?? 12) }),
})

const EMPTY_HEIGHT = 150

/**
 * A chart as an SVG document on white, 640 px wide, with a name and a description for screen readers. The same chart is
 * always the same text; nothing in it has an id that another chart in a page has too. `darkChartRules` recolours it in a
 * page with a dark ground. A chart without points shows its description in the place of the axes.
 */
export function drawChart(given: Chart): string {
  const chart = withinAxes(given)
  const { width, height } = frameOf(chart)
  const isEmpty = chart.series.every(({ points }) => points.every(([, y]) => y === null))
  const size = { width, height: isEmpty ? EMPTY_HEIGHT : height }
  const drawing = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    drawing.setOption(isEmpty ? emptyOption(chart, width) : chartOption(chart))
    return named(drawing.renderToSVGString(), chart)
  } finally {
    drawing.dispose()
  }
}

function named(svg: string, { id, title, description }: Chart): string {
  const prefix = id.replaceAll(/[^\w-]+/g, '-')
  const [titleId, descriptionId] = [`${prefix}-title`, `${prefix}-description`]
  return (
    lean(svg)
      // echarts counts its drawings, and its ids with them.
      .replaceAll(/\bzr\d+-/g, `${prefix}-`)
      .replace(
        /^<svg ([^>]*)>/,
        (_, attributes: string) =>
          `<svg class="chart" role="img" aria-labelledby="${titleId} ${descriptionId}" font-family="${fontFamily}" ${attributes}>\n` +
          `<title id="${titleId}">${escaped(title)}</title>\n<desc id="${descriptionId}">${escaped(description)}</desc>`,
      )
  )
}

/** Without what echarts writes for a pointer, which a still picture has no use for: half of the text. */
function lean(svg: string): string {
  return svg
    .replace(/<style[^>]*>.*?<\/style>\n?/s, '')
    .replaceAll(/<path [^>]*fill-opacity="0"[^>]*><\/path>\n?/g, '')
    .replaceAll(/<path [^>]*fill="none"[^>]*ecmeta_ssr_type="legend"[^>]*><\/path>\n?/g, '')
    .replaceAll(/<path d=""[^>]*><\/path>\n?/g, '')
    .replaceAll(/ (?:class|ecmeta_\w+|xml:space|pointer-events)="[^"]*"/g, '')
    .replaceAll(/ stroke="[^"]*" stroke-width="0"/g, '')
    .replaceAll(/font-family:[^;"]*;/g, '')
    .replaceAll(/><\/(?:path|polyline|polygon|rect)>/g, '/>')
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Width as a multiple of the size: a Chinese letter is as wide as high, by which echarts also finds the height of a line. */
function lettersOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter >= '\u2e80' ? 1 : LETTER_SHARE), 0)
}
