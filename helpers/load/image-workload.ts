import { createHash } from 'node:crypto'
import { BadInputError } from '../errors.ts'
import { isObject } from './completion-event.ts'
import { type ImageSize, squaresPng } from './image-png.ts'
import type { LoadRequest } from './load-request.ts'
import type { Workload } from './workload.ts'

/**
 * The same requests with an image before each text, as a data URI. No two images are the same, so that no engine answers
 * from what it has kept of an earlier one.
 */
export function imageWorkload(texts: Workload, image: ImageSize): Workload {
  const { widthPixels, heightPixels } = image
  return {
    hash: createHash('sha256')
      .update(JSON.stringify([texts.hash, widthPixels, heightPixels]))
      .digest('hex')
      .slice(0, 16),
    description: `${texts.description}, with an image of ${widthPixels} × ${heightPixels} pixels`,
    async *requests(batch) {
      for await (const request of texts.requests(batch)) yield withImage(request, image, texts.hash)
    },
  }
}

function withImage(request: LoadRequest, image: ImageSize, key: string): LoadRequest {
  const { messages } = request.body
  const [message, ...others] = Array.isArray(messages) ? messages : []
  if (!isObject(message) || typeof message.content !== 'string' || others.length > 0) {
    throw new BadInputError(`putting an image into request "${request.id}": it must be one message with a text`)
  }
  const png = squaresPng(image, `${key}/${request.id}`).toString('base64')
  const content = [
    { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
    { type: 'text', text: message.content },
  ]
  return { ...request, body: { ...request.body, messages: [{ ...message, content }] } }
}
