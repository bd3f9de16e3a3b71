import type { ModelBackend } from './model-backend.ts'
import { ModelPool, type QueueLimits } from './model-pool.ts'

/**
 * Plan 003's strategy B: one active model, swapped when a request wants another one. A pool with room for one model
 * whatever it takes, so the order is the same: strictly as the requests came. Requests for the active model that follow
 * each other run together; one for another model waits for them to end, and whoever comes after it waits behind it.
 */
export const swapServer = (backend: ModelBackend, queue: QueueLimits): ModelPool =>
  new ModelPool({ backend, room: { kind: 'one model' }, queue })
