import type { Plugin } from 'vitest/config'

const attachments = '/__vitest_attachment__?'

/**
 * Has the live UI show attached charts. Its page asks for them with `contentType=image/svg+xml` in the query, where a plus
 * stands for a space, and so they came as `image/svg xml`, which no browser draws (vitest 5.1.0).
 */
export const svgInUi: Plugin = {
  name: 'vitest-llm-perf:svg-in-ui',
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      if (request.url?.startsWith(attachments)) request.url = request.url.replace('image/svg+xml', 'image/svg%2Bxml')
      next()
    })
  },
}
